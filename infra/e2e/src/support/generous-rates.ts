/** One address asks thousands of times a minute here: its requests are to reach the routes. */
export const generousRates = {
  RATE_LIMIT_PER_ADDRESS: '10000000',
  RATE_LIMIT_PER_CALLER: '10000000',
  RATE_LIMIT_GUESSES: '10000000',
};

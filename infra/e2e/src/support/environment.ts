/** The servers' addresses, as `npm test` or `npm run stack -- env` give them. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: run these tests by npm test`);
  return value;
}

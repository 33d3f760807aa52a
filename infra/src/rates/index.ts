export { connectRates, memoryRates, type Rates } from './rates.ts';

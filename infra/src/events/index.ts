export {
  type ChangesOf,
  forgetChanges,
  type JobChange,
  type ReadChanges,
  readableSeconds,
  readChanges,
  readPlace,
} from './job-changes.ts';
export { formatPlace, type Place, parsePlace } from './place.ts';

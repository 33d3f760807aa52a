export { forgetOldLetters, indexDeadLetters, resolveReplayed } from './index-letters.ts';
export {
  countOpenLetters,
  findLetter,
  groupLetters,
  headersOf,
  type LetterFilter,
  type LetterGroup,
  type LetterPage,
  type LetterSummary,
  listLetters,
} from './letter-queries.ts';
export { type LetterCounts, orderReplay, parkLetters, previewReplay, type ReplayOrdered } from './order-replay.ts';
export { sendDueReplays, settleTaskReplays } from './send-replays.ts';

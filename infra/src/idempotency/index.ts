export {
  answerKeptSeconds,
  forgetAnswers,
  type IdempotencyKeys,
  type KeptAnswer,
  type KeyScope,
  keepAnswer,
  type Opening,
  openIdempotencyKeys,
} from './idempotency-keys.ts';

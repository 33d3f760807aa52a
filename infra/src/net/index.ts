export { isPublicAddress } from './addresses.ts';
export { type PinnedOptions, type PinnedResponse, requestPinned } from './pinned-request.ts';
export { sourceRules } from './source-rules.ts';
export { judgeUrl, resolveTarget, type Target, type TargetRules } from './target.ts';
export { openWebSource, type WebSource, type WebSourceOptions } from './web-source.ts';

import type { Submission } from '../index.ts';

/** An ordinary submission; what a test is about is given. */
export const submission = (changes: Partial<Submission> = {}): Submission => ({
  tenantId: 'acme',
  videoId: 'v1',
  sourceBucket: 'b',
  sourceKey: 'k.mp4',
  sourceEtag: 'e1',
  sizeBytes: 10,
  filename: null,
  contentType: null,
  checksumSha256: null,
  profile: null,
  priority: 5,
  webhookUrl: null,
  deadlineAt: null,
  metadata: {},
  ...changes,
});

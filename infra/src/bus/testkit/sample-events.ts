import type { JobCreated, VideoUploaded } from '@streamflix/contracts';
import { v7 as uuidv7 } from 'uuid';

export const jobCreated = (change: Partial<JobCreated> = {}): JobCreated => ({
  eventId: uuidv7(),
  occurredAt: Date.now(),
  tenantId: 'acme',
  videoId: 'video-1',
  jobId: uuidv7(),
  sourceBucket: 'uploads',
  sourceKey: 'acme/video-1.mp4',
  sourceEtag: 'etag',
  priority: 5,
  ...change,
});

export const videoUploaded = (change: Partial<VideoUploaded> = {}): VideoUploaded => ({
  eventId: uuidv7(),
  occurredAt: Date.now(),
  tenantId: 'acme',
  videoId: 'video-1',
  sourceBucket: 'uploads',
  sourceKey: 'acme/video-1.mp4',
  filename: 'video 1.mp4',
  contentType: null,
  sizeBytes: 1024,
  checksumSha256: null,
  profile: null,
  priority: 5,
  webhookUrl: null,
  deadlineAt: null,
  metadata: { colour: 'blue' },
  ...change,
});

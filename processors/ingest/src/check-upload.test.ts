import { createJobRequestSchema, type VideoUploaded } from '@streamflix/contracts';
import { expect, test } from 'vitest';
import { assertUploadIsWellFormed } from './check-upload.ts';

test('what the gateway accepts at its limits is well formed: its jobs must not end among the dead letters', () => {
  const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [String(i).padStart(100, 'k'), 'v'.repeat(1024)]));
  const request = createJobRequestSchema.parse({
    sourceKey: 'k'.repeat(1024),
    sourceBucket: 'b'.repeat(63),
    filename: 'f'.repeat(255),
    videoId: 'v'.repeat(128),
    webhookUrl: `https://example.com/${'w'.repeat(2028)}`,
    deadlineAt: '2999-12-31T23:59:59.999Z',
    priority: 10,
    metadata,
  });
  const event = { eventId: 'e', tenantId: 'acme', ...request, deadlineAt: Date.parse(request.deadlineAt ?? '') };
  expect(() => assertUploadIsWellFormed(event as unknown as VideoUploaded)).not.toThrow();
});

import { isTenantId, isVideoId, mayReadSource, StreamflixError, type VideoUploaded } from '@streamflix/contracts';

/** What can be wrong with an upload whose event is well-formed. */
const limits = {
  idCharacters: 128,
  bucketCharacters: 255,
  /** As S3 counts. The names of a source are one entry of an index, which holds 2,704 bytes. */
  keyBytes: 1024,
  metadataEntries: 50,
  metadataCharacters: 1024,
  urlCharacters: 2048,
  /** The last moment that JavaScript and PostgreSQL write alike. */
  deadlineMs: Date.UTC(9999, 11, 31, 23, 59, 59, 999),
};

/** PostgreSQL keeps no zero bytes, neither as text nor as JSON. */
const hasZeroByte = (event: VideoUploaded): boolean =>
  [...Object.values(event), ...Object.entries(event.metadata).flat()].some(
    (value) => typeof value === 'string' && value.includes('\0'),
  );

/** Rules of the event that Avro cannot express. Throws EVENT_INVALID: such an event has no job to fail and goes to the dead letters. */
export function assertUploadIsWellFormed(event: VideoUploaded): void {
  const faults = [
    isTenantId(event.tenantId) ? '' : 'tenantId is not 1 to 64 of a-z, 0-9, hyphen, underscore',
    isVideoId(event.videoId) ? '' : 'videoId is not 1 to 128 of letters, digits, dot, hyphen, underscore',
    event.eventId !== '' && event.eventId.length <= limits.idCharacters ? '' : 'eventId is empty or too long',
    event.priority >= 1 && event.priority <= 10 ? '' : 'priority is not 1 to 10',
    event.sourceBucket.length <= limits.bucketCharacters ? '' : 'sourceBucket is too long',
    Buffer.byteLength(event.sourceKey) <= limits.keyBytes ? '' : 'sourceKey is too long',
    (event.webhookUrl?.length ?? 0) <= limits.urlCharacters ? '' : 'webhookUrl is too long',
    Object.keys(event.metadata).length <= limits.metadataEntries ? '' : 'metadata has too many entries',
    Object.entries(event.metadata).every((entry) => entry.every((text) => text.length <= limits.metadataCharacters))
      ? ''
      : 'a metadata entry is too long',
    event.deadlineAt === null || (event.deadlineAt >= 0 && event.deadlineAt <= limits.deadlineMs)
      ? ''
      : 'deadlineAt is not in the years 1970 to 9999',
    hasZeroByte(event) ? 'a text has a zero byte in it' : '',
  ].filter((fault) => fault !== '');
  if (faults.length > 0) throw new StreamflixError('EVENT_INVALID', { message: faults.join('; '), details: { faults } });
}

/** Whether the tenant may use this source at all, before anything is read. */
export function refusalOf(event: VideoUploaded, sourceBuckets: readonly string[]): StreamflixError | null {
  if (!sourceBuckets.includes(event.sourceBucket) || !mayReadSource(event.tenantId, event.sourceKey))
    return new StreamflixError('SOURCE_FORBIDDEN');
  return null;
}

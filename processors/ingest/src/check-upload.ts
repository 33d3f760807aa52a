import { isTenantId, isVideoId, mayReadSource, StreamflixError, type VideoUploaded } from '@streamflix/contracts';

/** What can be wrong with an upload whose event is well-formed. */
const limits = { idCharacters: 128, keyCharacters: 1024, metadataEntries: 50, metadataCharacters: 1024, urlCharacters: 2048 };

/** Rules of the event that Avro cannot express. Throws EVENT_INVALID: such an event has no job to fail and goes to the dead letters. */
export function assertUploadIsWellFormed(event: VideoUploaded): void {
  const faults = [
    isTenantId(event.tenantId) ? '' : 'tenantId is not 1 to 64 of a-z, 0-9, hyphen, underscore',
    isVideoId(event.videoId) ? '' : 'videoId is not 1 to 128 of letters, digits, dot, hyphen, underscore',
    event.eventId !== '' && event.eventId.length <= limits.idCharacters ? '' : 'eventId is empty or too long',
    event.priority >= 1 && event.priority <= 10 ? '' : 'priority is not 1 to 10',
    event.sourceKey.length <= limits.keyCharacters ? '' : 'sourceKey is too long',
    (event.webhookUrl?.length ?? 0) <= limits.urlCharacters ? '' : 'webhookUrl is too long',
    Object.keys(event.metadata).length <= limits.metadataEntries ? '' : 'metadata has too many entries',
    Object.entries(event.metadata).every(([key, value]) => key.length + value.length <= limits.metadataCharacters)
      ? ''
      : 'a metadata entry is too long',
  ].filter((fault) => fault !== '');
  if (faults.length > 0) throw new StreamflixError('EVENT_INVALID', { message: faults.join('; '), details: { faults } });
}

/** Whether the tenant may use this source and profile at all, before anything is read. */
export function refusalOf(event: VideoUploaded, sourceBuckets: readonly string[]): StreamflixError | null {
  if (!sourceBuckets.includes(event.sourceBucket) || !mayReadSource(event.tenantId, event.sourceKey))
    return new StreamflixError('SOURCE_FORBIDDEN');
  if (event.profile !== null && event.profile !== 'default') return new StreamflixError('PROFILE_UNKNOWN');
  return null;
}

/**
 * What a failure means for the work, decided where the error is born:
 * - input: the source or request is at fault; never retried.
 * - transient: may pass; retried a few times with growing delays.
 * - dependency: a server the platform needs is away; waited for, no attempt is burnt.
 * - control: somebody decided it (cancelled, lease lost); no fault at all.
 * - bug: ours; dead letter at once.
 */
export type ErrorClass = 'input' | 'transient' | 'dependency' | 'control' | 'bug';

export interface CatalogueEntry {
  class: ErrorClass;
  /** HTTP status when the error leaves by the API. */
  status: number;
  /** For a person; `details` carry the particulars. */
  message: string;
}

/** Every error the platform tells anybody about. Codes are stable: clients and dashboards are written against them. */
export const errorCatalogue = {
  SOURCE_NOT_FOUND: { class: 'input', status: 404, message: 'The source object does not exist in the store.' },
  SOURCE_FORBIDDEN: { class: 'input', status: 403, message: 'The tenant may not read this bucket or key.' },
  SOURCE_CHANGED: { class: 'input', status: 409, message: 'The source was overwritten after the job was made.' },
  SOURCE_EMPTY: { class: 'input', status: 422, message: 'The source has no bytes.' },
  SOURCE_UNSUPPORTED: {
    class: 'input',
    status: 422,
    message: 'The source is not a video container or codec the platform reads.',
  },
  SOURCE_CORRUPT: { class: 'input', status: 422, message: 'The source is damaged and cannot be decoded.' },
  SOURCE_TRUNCATED: { class: 'input', status: 422, message: 'The source ends before its own index says it should.' },
  SOURCE_NO_VIDEO: { class: 'input', status: 422, message: 'The source has neither video nor sound.' },
  SOURCE_ENCRYPTED: { class: 'input', status: 422, message: 'The source is encrypted.' },
  SOURCE_TOO_SMALL: { class: 'input', status: 422, message: 'The picture is smaller than the platform takes.' },
  SOURCE_TOO_SHORT: { class: 'input', status: 422, message: 'The video is shorter than the platform takes.' },
  SOURCE_TOO_LONG: { class: 'input', status: 422, message: 'The video is longer than the platform takes.' },
  SOURCE_TOO_LARGE: { class: 'input', status: 413, message: 'The file or the picture is larger than the platform takes.' },
  SOURCE_TOO_COMPLEX: {
    class: 'input',
    status: 422,
    message: 'Reading the source takes more memory or time than the platform gives it.',
  },
  SOURCE_URL_FORBIDDEN: {
    class: 'input',
    status: 422,
    message: 'The address of the source is not one the platform fetches from.',
  },
  SOURCE_UNREACHABLE: { class: 'transient', status: 502, message: 'The source could not be fetched from its server.' },
  THUMBNAIL_UNUSABLE: { class: 'input', status: 422, message: 'The thumbnail is no picture that can be decoded.' },
  EVENT_INVALID: { class: 'input', status: 422, message: 'The event breaks a rule that its schema cannot express.' },
  PROFILE_UNKNOWN: { class: 'input', status: 422, message: 'There is no encoding profile of that name.' },
  JOB_EXPIRED: { class: 'input', status: 410, message: 'The deadline of the job passed before it was done.' },
  JOB_CANCELLED: { class: 'control', status: 409, message: 'The job was cancelled.' },
  LEASE_LOST: { class: 'control', status: 409, message: 'The lease of the task was lost; the result is refused.' },
  CAPABILITY_LOST: { class: 'control', status: 503, message: 'The worker can no longer do what the task requires.' },
  SHUTTING_DOWN: { class: 'control', status: 503, message: 'The process is shutting down.' },
  ENCODER_FAILED: { class: 'transient', status: 500, message: 'The encoder failed.' },
  ENCODER_UNAVAILABLE: { class: 'dependency', status: 503, message: 'No worker has the encoder that is needed.' },
  ENCODER_STALLED: { class: 'transient', status: 500, message: 'The encoder made no progress and was stopped.' },
  ENCODER_OVER_LIMIT: {
    class: 'transient',
    status: 500,
    message: 'The encoder took more memory, processor time or room than its slot gives it.',
  },
  PACKAGER_FAILED: { class: 'transient', status: 500, message: 'The packager failed.' },
  PACKAGE_INVALID: { class: 'transient', status: 500, message: 'The package did not pass verification and was not published.' },
  TASK_NOT_STARTED: { class: 'transient', status: 500, message: 'A worker held the task and did not begin it.' },
  WORKER_LOST: { class: 'transient', status: 500, message: 'Workers died or stalled on this task too often.' },
  WEBHOOK_REFUSED: { class: 'transient', status: 502, message: 'The webhook receiver did not answer with 2xx.' },
  RECEIVER_UNAVAILABLE: {
    class: 'dependency',
    status: 503,
    message: 'The webhook receiver failed several times in a row and is left alone for a while.',
  },
  WEBHOOK_FORBIDDEN: { class: 'input', status: 422, message: 'The webhook address is not a public http or https address.' },
  STORE_UNAVAILABLE: { class: 'dependency', status: 503, message: 'The object store does not answer.' },
  DATABASE_UNAVAILABLE: { class: 'dependency', status: 503, message: 'The database does not answer.' },
  BUS_UNAVAILABLE: { class: 'dependency', status: 503, message: 'Kafka does not answer.' },
  REGISTRY_UNAVAILABLE: { class: 'dependency', status: 503, message: 'The schema registry does not answer.' },
  LOCKS_UNAVAILABLE: { class: 'dependency', status: 503, message: 'Redis does not answer; work goes on without locks.' },
  ISSUER_UNAVAILABLE: { class: 'dependency', status: 503, message: 'The issuer of the token does not publish its keys.' },
  DISK_FULL: { class: 'dependency', status: 503, message: 'The worker has no room for the task.' },
  MESSAGE_UNDECODABLE: {
    class: 'input',
    status: 422,
    message: 'The bytes are not an event in the wire format with a known schema.',
  },
  VALIDATION_FAILED: { class: 'input', status: 400, message: 'The request does not have the documented form.' },
  UNAUTHENTICATED: { class: 'input', status: 401, message: 'No valid API key or access token was given.' },
  FORBIDDEN: { class: 'input', status: 403, message: 'The caller may not do this.' },
  NOT_FOUND: { class: 'input', status: 404, message: 'There is no such thing here.' },
  METHOD_NOT_ALLOWED: {
    class: 'input',
    status: 405,
    message: 'The route does not know this method; Allow names those it knows.',
  },
  REQUEST_TIMEOUT: { class: 'input', status: 408, message: 'The request came too slowly.' },
  HEADERS_TOO_LARGE: { class: 'input', status: 431, message: 'The headers are larger than allowed.' },
  CONFLICT: { class: 'input', status: 409, message: 'The state of the job does not allow this.' },
  PRECONDITION_FAILED: { class: 'input', status: 412, message: 'The job is no longer as If-Match says.' },
  IDEMPOTENCY_KEY_REUSED: { class: 'input', status: 422, message: 'The Idempotency-Key was used for another request.' },
  IDEMPOTENCY_KEY_IN_USE: {
    class: 'transient',
    status: 409,
    message: 'The first request with this Idempotency-Key is still running.',
  },
  UPGRADE_REQUIRED: { class: 'input', status: 426, message: 'The route speaks WebSocket only.' },
  PAYLOAD_TOO_LARGE: { class: 'input', status: 413, message: 'The body is larger than allowed.' },
  UNSUPPORTED_MEDIA_TYPE: { class: 'input', status: 415, message: 'The body is of a type this route does not take.' },
  QUOTA_EXCEEDED: {
    class: 'transient',
    status: 429,
    message: 'The tenant has as many unfinished jobs as it may have.',
  },
  QUEUE_FULL: {
    class: 'transient',
    status: 503,
    message: 'The platform has as many unfinished jobs as it takes; the answer says when to come back.',
  },
  RATE_LIMITED: { class: 'input', status: 429, message: 'Too many requests; the answer says when to come back.' },
  CONFIG_INVALID: { class: 'input', status: 500, message: 'The configuration of the process has faults.' },
  ILLEGAL_TRANSITION: { class: 'bug', status: 500, message: 'A life cycle does not allow this step.' },
  INTERNAL_ERROR: { class: 'bug', status: 500, message: 'Something went wrong inside the platform.' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

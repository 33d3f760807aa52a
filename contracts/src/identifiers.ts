/** Ids that come from outside become parts of object keys, so their alphabet is closed: no slash, no dot-dot, no control character. */
export const tenantIdPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const videoIdPattern = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const isTenantId = (value: string): boolean => tenantIdPattern.test(value);
export const isVideoId = (value: string): boolean => videoIdPattern.test(value);

/** Names objects of the store. All keys are made here, so that a tenant's prefix cannot be forgotten. */
export const objectKeys = {
  tenantPrefix: (tenantId: string): string => `tenants/${tenantId}/`,
  source: (tenantId: string, videoId: string, name: string): string => `tenants/${tenantId}/videos/${videoId}/source/${name}`,
  /** Where one try to bring a source into the store puts it. */
  fetchPrefix: (tenantId: string, videoId: string, taskId: string, epoch: number): string =>
    `tenants/${tenantId}/videos/${videoId}/source/${taskId}/e${epoch}/`,
  jobPrefix: (tenantId: string, jobId: string): string => `tenants/${tenantId}/jobs/${jobId}/`,
  workPrefix: (tenantId: string, jobId: string): string => `tenants/${tenantId}/jobs/${jobId}/work/`,
  /** The epoch is part of the path: what a worker writes after it lost its lease lies in a folder nobody points at. */
  taskPrefix: (tenantId: string, jobId: string, taskId: string, epoch: number): string =>
    `tenants/${tenantId}/jobs/${jobId}/work/${taskId}/e${epoch}/`,
  packagePrefix: (tenantId: string, jobId: string, version: number): string =>
    `tenants/${tenantId}/jobs/${jobId}/package/v${version}/`,
};

/** A file name as a last part of an object key: letters, digits, dot, hyphen, underscore; at most 100 characters. */
export function safeFileName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const cleaned = last
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._]+/, '')
    .slice(-100);
  return cleaned === '' ? 'source' : cleaned;
}

/** Whether a tenant may name this key as its source: anything outside `tenants/`, and inside it only its own. */
export const mayReadSource = (tenantId: string, key: string): boolean =>
  key !== '' &&
  !key.startsWith('/') &&
  !key.split('/').includes('..') &&
  (!key.startsWith('tenants/') || key.startsWith(objectKeys.tenantPrefix(tenantId)));

/** Whether a path leads down from its folder by plain names: no step up or in place, nothing hidden, no backslash, no control character. */
export const isPlainPath = (path: string): boolean =>
  path.split('/').every((name) => name !== '' && !name.startsWith('.') && !/[\\\p{Cc}]/u.test(name));

export { contentTypeOf } from './content-types.ts';
export { type DownloadOptions, downloadToFile } from './download.ts';
export { openStorage } from './open-storage.ts';
export type { ObjectInfo, ObjectRef, ReadOptions, StorageProvider, WriteOptions } from './storage.ts';
export { type UploadedFile, type UploadFolderOptions, uploadFolder } from './upload-folder.ts';

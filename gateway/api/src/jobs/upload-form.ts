/** The form of POST /jobs/upload for the API's document: a stream is checked as it is read, not by a body schema. */
export const uploadForm = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      required: ['file'],
      properties: {
        file: { type: 'string', format: 'binary', description: 'The video.' },
        thumbnail: {
          type: 'string',
          format: 'binary',
          description: 'A JPEG, PNG or WebP of at most 10 MiB that becomes the poster.',
        },
        videoId: { type: 'string', description: "The caller's own id of the video; made when absent." },
        profile: { type: 'string' },
        priority: { type: 'integer', minimum: 1, maximum: 10, default: 5 },
        webhookUrl: { type: 'string', format: 'uri' },
        metadata: { type: 'string', description: 'A JSON object of strings.' },
      },
    },
  },
} as const;

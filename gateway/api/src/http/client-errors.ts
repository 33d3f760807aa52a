import type { Socket } from 'node:net';
import { type ErrorCode, errorCatalogue } from '@streamflix/contracts';

const codeByFault: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
};

const reasonOf: Partial<Record<ErrorCode, string>> = {
  REQUEST_TIMEOUT: 'Request Timeout',
  HEADERS_TOO_LARGE: 'Request Header Fields Too Large',
};

/** For what is no request that a route could answer: the documented form, and the end of the connection. */
export function answerClientErrors(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const code = codeByFault[error.code ?? ''] ?? 'VALIDATION_FAILED';
  const { status, message } = errorCatalogue[code];
  const body = JSON.stringify({ error: { code, message, details: {} } });
  socket.end(
    `HTTP/1.1 ${status} ${reasonOf[code] ?? 'Bad Request'}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

import type Modem from 'docker-modem';
import type { Request } from './engine.ts';

/** Makes a request by hand and gives the parsed body; undefined where there is none. Rejects with what docker-modem gives. */
export function request(
  modem: Modem,
  { method, path, query = {}, body, ok = [200, 201, 204] }: Request,
): Promise<unknown> {
  const asked: Modem.DialOptions = {
    method,
    path: Object.keys(query).length === 0 ? path : `${path}?`,
    statusCodes: Object.fromEntries(ok.map((code) => [code, true])),
    // With a POST, whatever is not `_query` would go as the body.
    options: { _query: query, _body: body ?? {} },
  };
  if (body !== undefined && method !== 'POST') {
    asked.file = Buffer.from(JSON.stringify(body));
    asked.headers = { 'Content-Type': 'application/json' };
  }
  return new Promise((resolve, reject) => {
    modem.dial(asked, (error, result) => {
      if (error !== null) reject(error);
      else resolve(result ?? undefined);
    });
  });
}

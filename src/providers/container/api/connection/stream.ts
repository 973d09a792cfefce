import type Modem from 'docker-modem';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from './engine.ts';

/** Makes a request whose body is taken as it comes, and not when it is whole. Throws as `call` does. */
export function openStream<T>(
  engine: ApiEngine,
  asked: Pick<Modem.DialOptions, 'method' | 'path' | 'options' | 'hijack'>,
  doing: Doing,
  context: CallContext,
): Promise<T> {
  return engine.call(
    doing,
    context,
    (docker) =>
      new Promise<T>((resolve, reject) => {
        const request = { ...asked, isStream: true, statusCodes: { 200: true as const } };
        docker.modem.dial(request, (error: unknown, result: unknown) => {
          if (error === null) resolve(result as T);
          else reject(error as Error);
        });
      }),
  );
}

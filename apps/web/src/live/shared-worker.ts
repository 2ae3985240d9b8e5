import { browserHub, type FromHub, type ToHub } from './hub.ts';

const hub = browserHub();
// The DOM library has no type for the worker's own scope.
const scope = globalThis as unknown as { onconnect: ((event: MessageEvent) => void) | null };

scope.onconnect = (event) => {
  const channel = event.ports[0];
  if (channel === undefined) return;
  const port = { send: (message: FromHub) => channel.postMessage(message) };
  hub.add(port);
  channel.onmessage = (message: MessageEvent<ToHub>) => hub.receive(port, message.data);
};

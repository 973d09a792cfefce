import { createServer } from 'node:http';

/** How long `/spin` keeps a core busy. ms */
const SPIN = 20_000;
let until = 0;

function spin() {
  const pause = performance.now() + 50;
  while (performance.now() < pause);
  if (performance.now() < until) setImmediate(spin);
}

const server = createServer((request, response) => {
  if (request.url === '/spin') {
    until = performance.now() + SPIN;
    setImmediate(spin);
  }
  response.end('ok\n');
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

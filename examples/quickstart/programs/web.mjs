import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  if (request.url === '/health') return response.end('ok\n');
  response.end(readFileSync(process.env.GREETING_FILE));
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`listening on ${process.env.PORT}`));
process.on('SIGTERM', () => server.close(() => process.exit(0)).closeAllConnections());

import { createServer } from 'node:http';

const server = createServer((_, response) => {
  response.statusCode = process.env.BROKEN === 'true' ? 503 : 200;
  response.end();
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

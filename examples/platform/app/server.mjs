import { createServer } from 'node:http';
import { connect } from 'node:net';

const { PORT, DB_HOST, DB_PORT } = process.env;

/** One command to redis; its answer is an integer. */
function count(key) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: DB_HOST, port: Number(DB_PORT), timeout: 3000 });
    let answer = '';
    socket.on('connect', () => socket.write(`INCR ${key}\r\n`));
    socket.on('data', (data) => {
      answer += data;
      if (!answer.includes('\r\n')) return;
      socket.end();
      if (answer.startsWith(':')) resolve(Number(answer.slice(1)));
      else reject(new Error(answer.trim()));
    });
    socket.on('timeout', () => socket.destroy(new Error('the database does not answer')));
    socket.on('error', reject);
  });
}

createServer(async (_, response) => {
  try {
    response.end(`hit ${await count('hits')}\n`);
  } catch (error) {
    response.writeHead(503).end(`${error.message}\n`);
  }
}).listen(Number(PORT), '127.0.0.1', () => console.log(`listening on ${PORT}`));

// Somebody else's program: takes a port as soon as it can, and keeps it for so many milliseconds.
import { createServer } from 'node:http';

const [port, milliseconds] = process.argv.slice(2).map(Number);
const server = createServer((_, response) => response.writeHead(418).end('not who you look for'));
const listen = () => server.listen(port, '127.0.0.1');
server.on('error', () => setTimeout(listen, 20));
server.on('listening', () => setTimeout(() => process.exit(0), milliseconds));
listen();

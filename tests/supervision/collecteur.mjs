// A collector of traces that takes everything and keeps nothing: node collecteur.mjs PORT
import { createServer } from 'node:http';

createServer((demande, reponse) => {
  demande.resume();
  // An answer of OTLP that refuses nothing is empty.
  demande.on('end', () => reponse.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end());
}).listen(Number(process.argv[2]), '127.0.0.1');

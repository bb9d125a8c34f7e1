// A real mail server (npm smtp-server) for the tests, with the faults that mail servers have.
//
//   node tests/messagerie/messagerie.mjs [--port N] [--bureau N] [--tls | --starttls] [--nom ailleurs] [--compte nom:motdepasse] [--utf8] [--reste]
//
// The first line on the standard output: its port, and the one where a test looks at what came and makes it fail, by HTTP:
//   GET /recus           what was taken, oldest first: { de, a, brut }      POST /essai/<order>, with ?fois=N for so many times:
//   attendre  answers 451 to a recipient            refuser    answers 550 5.1.1 to a recipient
//   contenu   refuses the message once it was read  expediteur refuses who writes
//   couper    takes the message, then hangs up      muet       never answers a recipient
//   bien      ends all of these
// Its certificates are of `autorite.pem`, made for a hundred years by openssl: they open nothing but this server.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { SMTPServer } from 'smtp-server';

const flag = { type: 'boolean', default: false };
const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    bureau: { type: 'string', default: '0' },
    tls: flag,
    starttls: flag,
    nom: { type: 'string', default: 'localhost' },
    compte: { type: 'string' },
    utf8: flag,
    reste: flag,
  },
});

const faults = ['attendre', 'refuser', 'contenu', 'expediteur', 'couper', 'muet'];
const left = new Map();
const taken = [];

// Whether a fault is asked for; one time less of it is left.
function faulty(name) {
  const times = left.get(name) ?? 0;
  if (times > 0) left.set(name, times - 1);
  return times > 0;
}
const refused = (code, text) => Object.assign(new Error(text), { responseCode: code });

const pem = readFileSync(new URL(`./${options.nom}.pem`, import.meta.url));
const closed = options.tls || options.starttls;
const server = new SMTPServer({
  secure: options.tls,
  ...(closed ? { key: pem, cert: pem } : {}),
  hideSTARTTLS: !options.starttls,
  disabledCommands: [...(options.compte ? [] : ['AUTH']), ...(options.starttls ? [] : ['STARTTLS'])],
  authOptional: !options.compte,
  hideSMTPUTF8: !options.utf8,
  disableReverseLookup: true,
  closeTimeout: 100,
  onAuth({ username, password }, session, done) {
    if (`${username}:${password}` === options.compte) done(null, { user: username });
    else done(refused(535, '5.7.8 Nom ou mot de passe inexact'));
  },
  onMailFrom(address, session, done) {
    if (options.starttls && !session.secure) return done(refused(530, '5.7.0 STARTTLS d’abord'));
    return done(faulty('expediteur') ? refused(550, '5.7.1 Relais refusé') : null);
  },
  onRcptTo(address, session, done) {
    if (faulty('muet')) return undefined;
    if (faulty('attendre')) return done(refused(451, '4.7.1 Liste grise, revenez plus tard'));
    return done(faulty('refuser') ? refused(550, '5.1.1 Boîte inconnue') : null);
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => {
      const brut = Buffer.concat(parts).toString('utf8');
      // A server quotes what it dislikes.
      if (faulty('contenu')) return done(refused(554, `5.6.0 Contenu refusé : ${/invitation\/\S+/.exec(brut.replace(/=\r\n/g, ''))?.[0]}`));
      taken.push({ de: session.envelope.mailFrom.address, a: session.envelope.rcptTo.map((to) => to.address), chiffre: session.secure, brut });
      if (faulty('couper')) return server.connections.forEach((connection) => connection._socket.destroy());
      return done(null);
    });
  },
});
// Whoever hangs up is no fault of ours.
server.on('error', () => {});

const desk = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const order = url.pathname.match(/^\/essai\/(\w+)$/)?.[1];
  if (request.method === 'GET' && url.pathname === '/recus') return response.end(JSON.stringify(taken));
  if (request.method === 'POST' && order === 'bien') left.clear();
  else if (request.method === 'POST' && faults.includes(order)) left.set(order, Number(url.searchParams.get('fois') ?? 1));
  else response.statusCode = 404;
  return response.end();
});

server.listen(Number(options.port), '127.0.0.1', () => {
  desk.listen(Number(options.bureau), '127.0.0.1', () => console.log(`${server.server.address().port} ${desk.address().port}`));
});

// It ends with its standard input: with the test that started it.
if (!options.reste) process.stdin.on('end', () => process.exit()).resume();

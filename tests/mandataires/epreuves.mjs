// What a reverse proxy before Gardel must hold, looked at from outside: node tests/mandataires/epreuves.mjs
// Environment: PORTE (its TLS port), CLAIR (its plain port), CERTIFICAT, NOM (the proxy), RAPPORT (where the result goes), REDEMARRE (a
// command that restarts the server behind it), GROS (mebibytes of the large file).
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import tls from 'node:tls';
import { promisify } from 'node:util';

const { PORTE, CLAIR, CERTIFICAT, NOM, RAPPORT, REDEMARRE, GROS = '199' } = process.env;
const HOTE = 'gardel.ville.gp';
const ca = readFileSync(CERTIFICAT);
const attend = (ms) => new Promise((suite) => setTimeout(suite, ms));
const MIO = 1024 * 1024;

/** One request on a connection of its own, from the address `depuis`; `corps` is a text or a stream of a known size. */
function demande(methode, chemin, { corps = '', taille = Buffer.byteLength(corps), entetes = {}, depuis = '127.0.0.1', agent = false } = {}) {
  const { promise, resolve, reject } = Promise.withResolvers?.() ?? differe();
  const options = { host: '127.0.0.1', port: PORTE, servername: HOTE, ca, method: methode, path: chemin, localAddress: depuis, agent };
  const requete = https.request({ ...options, headers: { Host: HOTE, 'Content-Length': taille, ...entetes } }, async (reponse) => {
    const morceaux = [];
    try {
      for await (const morceau of reponse) morceaux.push(morceau);
      resolve({ status: reponse.statusCode, entetes: reponse.headers, texte: Buffer.concat(morceaux).toString() });
    } catch (erreur) { reject(erreur); }
  });
  requete.on('error', reject);
  if (corps instanceof Readable) corps.pipe(requete);
  else requete.end(corps);
  return promise;
}
function differe() {
  const soi = {};
  soi.promise = new Promise((resolve, reject) => Object.assign(soi, { resolve, reject }));
  return soi;
}

/** A connection on which `debut` is sent, then `goutte` each second if there is one; when it is closed, and what came. */
function fil(depuis, debut, goutte) {
  const naissance = Date.now();
  const { promise, resolve } = differe();
  const prise = tls.connect({ host: '127.0.0.1', port: PORTE, servername: HOTE, ca, localAddress: depuis });
  let recu = '';
  let rythme;
  prise.on('secureConnect', () => {
    prise.write(debut);
    if (goutte) rythme = setInterval(() => prise.write(goutte), 1000);
  });
  prise.on('data', (octets) => { recu += octets; });
  prise.on('error', () => {});
  prise.on('end', () => prise.end());
  prise.on('close', () => { clearInterval(rythme); resolve({ secondes: (Date.now() - naissance) / 1000, recu }); });
  return { fin: promise, coupe: () => prise.destroy(), recu: () => recu };
}

const resultats = [];
const note = (epreuve, tenu, mesure) => { resultats.push({ epreuve, tenu, mesure }); };

async function connecte() {
  const corps = new URLSearchParams({ courriel: 'admin.riviera@demo.gardel', mot_de_passe: 'demo-gardel-971!' }).toString();
  const reponse = await demande('POST', '/connexion', { corps, entetes: { 'Content-Type': 'application/x-www-form-urlencoded' }, depuis: '127.0.0.2' });
  if (reponse.status !== 303) throw new Error(`connexion : ${reponse.status} ${reponse.texte.slice(0, 200)}`);
  return reponse.entetes['set-cookie'].map((un) => un.split(';')[0]).join('; ');
}
const cookie = await connecte();

/** How long the page of somebody else takes while `epreuve` goes on: its longest time. */
async function voisin(enCours) {
  let pire = 0;
  let fautes = 0;
  while (enCours()) {
    const debut = Date.now();
    const reponse = await demande('GET', '/sejours', { depuis: '127.0.0.2', entetes: { Cookie: cookie } }).catch(() => ({ status: 0 }));
    if (reponse.status !== 200) fautes += 1;
    pire = Math.max(pire, Date.now() - debut);
    await attend(200);
  }
  return { pire, fautes };
}

async function lents(epreuve, debut, goutte, limite) {
  const fils = Array.from({ length: 40 }, () => fil('127.0.0.3', debut, goutte));
  let fini = false;
  const fins = Promise.race([Promise.all(fils.map((un) => un.fin)), attend(limite * 1000).then(() => null)]);
  const autres = voisin(() => !fini);
  const closes = await fins;
  fini = true;
  const { pire, fautes } = await autres;
  fils.forEach((un) => un.coupe());
  const secondes = closes ? Math.max(...closes.map((un) => un.secondes)) : null;
  return { secondes, pire, fautes };
}

async function entetesLents() {
  const { secondes, pire, fautes } = await lents('en-têtes', `GET /connexion HTTP/1.1\r\nHost: ${HOTE}\r\nX-Lent: `, 'a', 30);
  note('40 clients qui envoient leurs en-têtes octet par octet', secondes !== null && secondes < 20 && fautes === 0 && pire < 3000,
    secondes === null ? 'jamais coupés' : `coupés après ${secondes.toFixed(0)} s, page du voisin en ${pire} ms au plus`);
}
async function corpsLents() {
  const debut = `POST /connexion HTTP/1.1\r\nHost: ${HOTE}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\ncourriel=`;
  // nginx cuts them; Caddy keeps them to itself, and Gardel sees nothing of them.
  const { secondes, pire, fautes } = await lents('corps', debut, null, 25);
  note('40 formulaires commencés et jamais finis', fautes === 0 && pire < 3000 && (NOM === 'caddy' || secondes !== null),
    `${secondes === null ? 'gardés par le mandataire' : `coupés après ${secondes.toFixed(0)} s`}, page du voisin en ${pire} ms au plus`);
}
async function oisifs() {
  const un = fil('127.0.0.5', `GET /connexion HTTP/1.1\r\nHost: ${HOTE}\r\n\r\n`);
  const { secondes, recu } = await Promise.race([un.fin, attend(60_000).then(() => ({ secondes: null, recu: un.recu() }))]);
  note('une connexion gardée sans rien demander', secondes !== null && secondes < 45 && recu.startsWith('HTTP/1.1 200'),
    secondes === null ? 'jamais coupée' : `coupée après ${secondes.toFixed(0)} s`);
}

/** A multipart form of one file of `mio` mebibytes, as a stream, and its size. */
function formulaire(mio) {
  const borne = '----essai7MA4YWxkTrZu0gW';
  const debut = `--${borne}\r\nContent-Disposition: form-data; name="genre"\r\n\r\nhebergeurs\r\n--${borne}\r\nContent-Disposition: form-data; name="fichiers"; filename="hotes-${randomUUID()}.csv"\r\nContent-Type: text/csv\r\n\r\nnom;commune\n`;
  const ligne = `Hôte ${randomUUID()} d’une ligne un peu longue pour que le fichier soit grand;97113\n`.repeat(1000);
  const morceau = Buffer.from(ligne);
  const fois = Math.floor((mio * MIO) / morceau.length);
  const fin = `\r\n--${borne}--\r\n`;
  function* octets() {
    yield Buffer.from(debut);
    for (let rang = 0; rang < fois; rang += 1) yield morceau;
    yield Buffer.from(fin);
  }
  const taille = Buffer.byteLength(debut) + fois * morceau.length + fin.length;
  return { corps: Readable.from(octets()), taille, entetes: { Cookie: cookie, 'Content-Type': `multipart/form-data; boundary=${borne}` } };
}
async function grosEnvois() {
  const debut = Date.now();
  const recu = await demande('POST', '/imports', formulaire(Number(GROS))).catch((erreur) => ({ status: 0, texte: erreur.message, entetes: {} }));
  note(`un fichier de ${GROS} Mio à importer`, recu.status === 303 && /^\/imports\/\d+\/lecture$/.test(recu.entetes.location ?? ''),
    `${recu.status}, ${((Date.now() - debut) / 1000).toFixed(1)} s`);
}
/** What is announced as too large is refused in French before it is sent. */
async function tropGrand(chemin, taille) {
  const debut = `POST ${chemin} HTTP/1.1\r\nHost: ${HOTE}\r\nCookie: ${cookie}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${taille}\r\n\r\n${'x'.repeat(4000)}`;
  const un = fil('127.0.0.2', debut);
  for (let tour = 0; tour < 100 && !un.recu().includes('</html>'); tour += 1) await attend(100);
  const recu = un.recu();
  un.coupe();
  note(`un envoi annoncé de ${Math.round(taille / MIO)} Mio sur ${chemin}`, recu.startsWith('HTTP/1.1 413') && recu.includes('Envoi trop grand') && recu.includes('rien n’a été enregistré'),
    recu.split('\r\n')[0] || 'aucune réponse');
}
/** Without an announced size, what comes is cut at the same place. */
async function sansTaille() {
  const { promise, resolve } = differe();
  const requete = https.request({ host: '127.0.0.1', port: PORTE, servername: HOTE, ca, method: 'POST', path: '/connexion', agent: false,
    headers: { Host: HOTE, 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/x-www-form-urlencoded' } }, async (reponse) => {
    let texte = '';
    for await (const morceau of reponse) texte += morceau;
    resolve({ status: reponse.statusCode, texte });
  });
  requete.on('error', (erreur) => resolve({ status: erreur.code, texte: '' }));
  Readable.from((function* corps() { for (let rang = 0; rang < 48; rang += 1) yield Buffer.alloc(64 * 1024, 97); })()).pipe(requete);
  const { status, texte } = await Promise.race([promise, attend(20_000).then(() => ({ status: 'aucune réponse', texte: '' }))]);
  // The proxy when it waits for the whole of it (413), Gardel when it is given its beginning (400).
  note('un formulaire de 3 Mio sans taille annoncée', (status === 413 && texte.includes('Envoi trop grand')) || (status === 400 && texte.includes('trop long')), `${status}`);
}
async function adresse() {
  const corps = new URLSearchParams({ courriel: `personne.${NOM}@nulle.part`, mot_de_passe: 'un mot de passe' }).toString();
  const entetes = { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Forwarded-For': '203.0.113.9', 'X-Real-IP': '203.0.113.9', Forwarded: 'for=203.0.113.9' };
  const reponse = await demande('POST', '/connexion', { corps, entetes, depuis: '127.0.0.4' });
  // What the journal holds is asked of the base by bin/mandataires.
  note('une connexion refusée, qui prétend venir de 203.0.113.9', [200, 401, 422, 403, 400].includes(reponse.status), `${reponse.status}`);
}
async function refuse() {
  const autre = await new Promise((suite) => {
    const prise = tls.connect({ host: '127.0.0.1', port: PORTE, servername: 'autre.exemple.gp', ca }, () => { suite('ouvert'); prise.destroy(); });
    prise.on('error', (erreur) => suite(erreur.code));
  });
  note('une poignée de main pour un autre nom', autre !== 'ouvert', autre);
  const clair = await new Promise((suite) => {
    http.get({ host: '127.0.0.1', port: CLAIR, path: '/sejours?q=x', headers: { Host: HOTE }, agent: false }, (reponse) => { reponse.resume(); suite(`${reponse.statusCode} ${reponse.headers.location}`); })
      .on('error', (erreur) => suite(erreur.code));
  });
  note('une demande en clair', /^30[18] https:\/\/gardel\.ville\.gp(:\d+)?\/sejours\?q=x$/.test(clair), clair);
}

/** People who read and write while the server behind the proxy restarts, twice. */
async function redemarrages() {
  const fiches = [...(await demande('GET', '/sejours?taille=50', { entetes: { Cookie: cookie } })).texte.matchAll(/href="(\/sejours\/\d+)"/g)].map((trouve) => trouve[1]);
  let assez = false;
  const bilan = { lectures: 0, ecritures: 0, fautes: [] };
  const personnes = Array.from({ length: 6 }, async (_, rang) => {
    const agent = new https.Agent({ keepAlive: rang % 2 === 0, maxSockets: 1 });
    for (let tour = 0; !assez; tour += 1) {
      const ecrit = tour % 3 === 2;
      const fiche = fiches[(rang * 7 + tour) % fiches.length];
      const corps = ecrit ? new URLSearchParams({ texte: `mandataire ${NOM} ${rang}-${tour}`, jeton: randomUUID() }).toString() : '';
      const entetes = { Cookie: cookie, ...(ecrit ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}) };
      const reponse = await demande(ecrit ? 'POST' : 'GET', ecrit ? `${fiche}/notes` : fiche, { corps, entetes, agent, depuis: '127.0.0.2' }).catch((erreur) => ({ status: erreur.code }));
      if (reponse.status === (ecrit ? 303 : 200)) bilan[ecrit ? 'ecritures' : 'lectures'] += 1;
      else bilan.fautes.push(`${ecrit ? 'POST' : 'GET'} ${fiche} : ${reponse.status}`);
      await attend(30);
    }
    agent.destroy();
  });
  for (let fois = 0; fois < 2; fois += 1) {
    await attend(2000);
    await promisify(execFile)('sh', ['-c', REDEMARRE]);
  }
  await attend(2000);
  assez = true;
  await Promise.all(personnes);
  bilan.fautes.slice(0, 5).forEach((faute) => console.error(`     ${faute}`));
  note('deux redémarrages du serveur pendant que six personnes travaillent', bilan.fautes.length === 0 && bilan.lectures > 50 && bilan.ecritures > 20,
    `${bilan.lectures} lectures, ${bilan.ecritures} écritures, ${bilan.fautes.length} refusées`);
  return bilan;
}

await refuse();
await adresse();
await sansTaille();
await tropGrand('/connexion', 2 * MIO);
await tropGrand('/imports', 450 * MIO);
await tropGrand('/sejours/1/pieces', 80 * MIO);
await grosEnvois();
const bilan = await redemarrages();
await Promise.all([entetesLents().then(corpsLents), oisifs()]);
writeFileSync(RAPPORT, JSON.stringify({ resultats, ecritures: bilan.ecritures }));

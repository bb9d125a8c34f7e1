// One round of work through the application: node tests/restauration/ecrit.mjs URL ROUND REPORT
// Enters a stay, writes notes, attaches a file, sends a file to be loaded, asks for an export of several formats and takes each file. The
// report, which is added to from round to round, says what was accepted and the SHA-256 of each file that was taken.
//
//   node tests/restauration/ecrit.mjs URL --relit REPORT       takes each file of the report again: the same bytes
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [base, tour, rapport] = process.argv.slice(2);
const FORMATS = ['csv_fr', 'jsonl', 'xlsx', 'parquet'];
// Another question each round: the same one, asked again at once, is one click.
const QUESTIONS = ['', 'commune=97113', 'commune=97128', 'statut=a_verifier'];
const ESSAIS = 600;
const bilan = existsSync(rapport) ? JSON.parse(readFileSync(rapport)) : { fichiers: {}, notes: [], sejours: [] };

const connexion = await fetch(`${base}/connexion`, {
  method: 'POST', redirect: 'manual',
  body: new URLSearchParams({ courriel: 'admin.riviera@demo.gardel', mot_de_passe: 'demo-gardel-971!' }),
});
if (connexion.status !== 303) throw new Error(`connexion : ${connexion.status}`);
const cookie = connexion.headers.getSetCookie().map((un) => un.split(';')[0]).join('; ');
const demande = (chemin, options = {}) => fetch(base + chemin, { redirect: 'manual', ...options, headers: { Cookie: cookie, ...options.headers } });
const page = async (chemin) => {
  const reponse = await demande(chemin);
  if (reponse.status !== 200) throw new Error(`GET ${chemin} : ${reponse.status}`);
  return reponse.text();
};
const envoie = async (chemin, body) => {
  const reponse = await demande(chemin, { method: 'POST', body });
  return { statut: reponse.status, ou: reponse.headers.get('location') ?? '', texte: await reponse.text() };
};
const empreinte = async (chemin) => {
  const reponse = await demande(chemin);
  if (reponse.status !== 200) throw new Error(`GET ${chemin} : ${reponse.status}`);
  return createHash('sha256').update(Buffer.from(await reponse.arrayBuffer())).digest('hex');
};

if (tour === '--relit') {
  for (const [chemin, attendue] of Object.entries(bilan.fichiers)) {
    const rendue = await empreinte(chemin);
    if (rendue !== attendue) throw new Error(`${chemin} : ${rendue} au lieu de ${attendue}`);
  }
  console.log(Object.keys(bilan.fichiers).length);
  process.exit(0);
}

// Notes and an attached file, on the first rows of the list.
const sejours = [...(await page('/sejours?taille=50')).matchAll(/href="(\/sejours\/\d+)"/g)].map((trouve) => trouve[1]);
for (const fiche of sejours.slice(0, 5)) {
  const texte = `restauration, tour ${tour}, ${fiche}`;
  const { statut } = await envoie(`${fiche}/notes`, new URLSearchParams({ texte, jeton: randomUUID() }));
  if (statut !== 303) throw new Error(`note : ${statut}`);
  bilan.notes.push(texte);
}
const piece = new FormData();
piece.set('jeton', randomUUID());
piece.set('retour', sejours[0]);
piece.set('fichiers', new Blob([`%PDF-1.7\n% tour ${tour}\n1 0 obj\n<<>>\nendobj\n%%EOF\n`], { type: 'application/pdf' }), `tour-${tour}.pdf`);
const jointe = await envoie(`${sejours[0]}/pieces`, piece);
if (jointe.statut !== 303) throw new Error(`pièce jointe : ${jointe.statut} ${jointe.texte.slice(0, 500)}`);

// A stay, by the form as it is shown.
const attribut = (balise, nom) => balise.match(new RegExp(`\\s${nom}="([^"]*)"`))?.[1];
const logements = [...new Set([...(await page('/logements?taille=50')).matchAll(/href="(\/logements\/\d+)"/g)].map((trouve) => trouve[1]))];
let saisi = '';
let refus = '';
for (const logement of logements) {
  const saisir = (await page(logement)).match(/href="(\/sejours\/nouveau\?[^"]*)"/)?.[1];
  if (!saisir) continue;
  const html = await page(saisir.replaceAll('&amp;', '&'));
  const formulaire = html.slice(html.indexOf('data-fiche'));
  const champs = new URLSearchParams();
  for (const [balise] of formulaire.matchAll(/<input\b[^>]*>/g)) {
    const nom = attribut(balise, 'name');
    if (nom && !/type="(checkbox|radio)"/.test(balise)) champs.set(nom, attribut(balise, 'value') ?? '');
  }
  const jour = (n) => `2026-0${1 + (Number(tour) % 8)}-${String(n).padStart(2, '0')}`;
  for (const [nom, valeur] of Object.entries({ date_debut: jour(3), date_fin: jour(6), collecteur: 'hote', nb_personnes: '3', nb_mineurs: '1' })) champs.set(nom, valeur);
  const { statut, ou, texte } = await envoie('/sejours/nouveau', champs);
  if (statut === 303) { saisi = ou; break; }
  refus = `${logement} : ${statut} ${[...texte.matchAll(/class="erreur-champ[^>]*>([^<]*)/g)].map((trouve) => trouve[1]).join(' / ')}`;
}
if (!saisi) throw new Error(`aucun séjour ne se saisit, sur ${logements.length} logements : ${refus}`);
bilan.sejours.push(saisi);

// A file to be loaded: read, not written yet.
const charge = new FormData();
charge.set('genre', 'hebergeurs');
charge.set('fichiers', new Blob([`nom;commune\nHôte du tour ${tour};97113\n`], { type: 'text/csv' }), `hotes-${tour}.csv`);
const importe = await envoie('/imports', charge);
if (importe.statut !== 303) throw new Error(`import : ${importe.statut} ${importe.texte.slice(0, 500)}`);

// Exports: asked for, made by the worker, taken.
for (const format of FORMATS) {
  const { statut, ou } = await envoie('/sejours/exports', new URLSearchParams({ requete: QUESTIONS[(Number(tour) - 1) % QUESTIONS.length], format }));
  const demandee = statut === 303 ? ou : '';
  if (!demandee.startsWith('/exports/')) throw new Error(`export ${format} : ${statut} ${ou}`);
  let pret = '';
  for (let essai = 0; essai < ESSAIS && !pret; essai += 1) {
    pret = (await page(demandee)).match(/href="(\/exports\/\d+\/fichier[^"]*)"/)?.[1] ?? '';
    if (!pret) await new Promise((suite) => setTimeout(suite, 200));
  }
  if (!pret) throw new Error(`export ${format} : jamais prêt`);
  bilan.fichiers[pret] = await empreinte(pret);
}
writeFileSync(rapport, JSON.stringify(bilan));

// People and a program at work, slowly, until the file STOP exists, whatever answers them:
//   node passants.mjs URL TOKEN STOP REPORT PEOPLE [foule]        « foule »: people alone, without a pause
// What they ask gives a value to every measure; accidents are for bin/alertes to make, so a refusal stops nobody here. The report, one
// line an order, says how many answers there were by kind and status.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as attendre } from 'node:timers/promises';

const [base, jeton, stop, rapport, nombre, foule] = process.argv.slice(2);
const PAUSE_MS = foule ? 1 : 400;
const PATIENCE_MS = 15_000;
const comptes = {};
const fini = () => existsSync(stop);

/** One call; the answer with its body read, or null when nobody answered. */
async function demande(quoi, chemin, options = {}) {
  let trouve = 'sans réponse';
  try {
    const reponse = await fetch(base + chemin, { redirect: 'manual', ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
    const corps = await reponse.text();
    trouve = String(reponse.status);
    return { reponse, corps };
  } catch {
    return null;
  } finally {
    const cle = `${quoi} ${trouve}`;
    comptes[cle] = (comptes[cle] ?? 0) + 1;
  }
}

async function entre(compte) {
  const body = new URLSearchParams({ courriel: `${compte}@demo.gardel`, mot_de_passe: 'demo-gardel-971!' });
  const la = await demande('connexion', '/connexion', { method: 'POST', body });
  return la?.reponse.headers.getSetCookie().map((un) => un.split(';')[0]).join('; ') ?? '';
}

// They share one session, which one of them opens anew from time to time.
let session = '';
async function personne(rang) {
  for (let tour = 0; !fini(); tour += 1) {
    if (rang === 0 && (!session.includes('gardel') || tour % 100 === 99)) session = await entre('admin.archipel');
    if (!session.includes('gardel')) {
      await attendre(PAUSE_MS + 100);
      continue;
    }
    const cookie = session;
    const avec = (options = {}) => ({ ...options, headers: { Cookie: cookie } });
    const poste = (champs) => avec({ method: 'POST', body: new URLSearchParams(champs) });
    const fiche = `/sejours/${1 + ((rang * 37 + tour) % 500)}`;
    // A crowd goes everywhere: each room of pages has places of its own, and all of them share the connections.
    const ailleurs = ['/', '/tuiles', '/vues', '/avis', '/exports', '/programmes', '/imports/dossiers', '/textes', '/motifs', '/compte', '/communes/97113',
      `/hebergeurs/${1 + tour % 50}`, `/logements/${1 + tour % 50}`, '/accueil/suite', '/jetons/1', '/travaux/1', '/actions/1', '/profils/1'];
    const gestes = foule ? [
      () => demande('ailleurs', ailleurs[(rang + tour) % ailleurs.length], avec()),
      () => demande('fiche', fiche, avec()),
    ] : [
      () => demande('liste', `/sejours?statut=a_verifier&taille=20&q=x${rang}y${tour}`, avec()),
      () => demande('fiche', fiche, avec()),
      () => demande('note', `${fiche}/notes`, poste({ texte: `supervision ${rang}-${tour}`, jeton: randomUUID() })),
      () => demande('recherche', `/recherche?q=mar${tour}`, avec()),
      () => demande('compte', `/sejours/compte?statut=valide`, avec()),
      () => demande('liste', '/logements', avec()),
    ];
    await gestes[tour % gestes.length]();
    await attendre(PAUSE_MS);
  }
}

const API = { Authorization: `Bearer ${jeton}` };
async function lecteur() {
  while (!fini()) {
    await demande('API', '/api/v1/sejours?taille=20', { headers: API });
    await attendre(PAUSE_MS);
  }
}

/** A small export by the form, every few seconds, and its download. */
async function exportateur() {
  let cookie = '';
  for (let tour = 0; !fini(); tour += 1) {
    if (!cookie.includes('gardel')) cookie = await entre('agent.gosier');
    const avec = { headers: { Cookie: cookie } };
    const demandee = await demande('export', '/sejours/exports', { ...avec, method: 'POST', body: new URLSearchParams({ requete: `montant_min=${tour % 900}`, format: 'csv_fr' }) });
    const page = demandee?.reponse.headers.get('location');
    await attendre(4_000);
    if (page?.startsWith('/exports/')) await demande('téléchargement', `${page}/fichier`, avec);
  }
}

/** A file of one host, checked, written and taken back, by the API. */
async function importateur() {
  const lit = async (quoi, chemin, options) => {
    const la = await demande(quoi, chemin, { ...options, headers: { ...API, ...options?.headers } });
    try { return JSON.parse(la?.corps ?? 'null'); } catch { return null; }
  };
  for (let tour = 0; !fini(); tour += 1) {
    const cree = await lit('import', `/api/v1/imports?genre=hebergeurs&nom=s${tour}.csv`, {
      method: 'POST', body: `nom;commune\nHôte de la sonde ${tour} ${randomUUID()};97113\n`, headers: { 'Content-Type': 'text/csv' },
    });
    for (let essai = 0; cree?.id && essai < 15 && !fini(); essai += 1) {
      const suivi = await lit('import', `/api/v1/imports/${cree.id}/suivi`);
      if (suivi?.peut?.confirmer) {
        await lit('import', `/api/v1/imports/${cree.id}/confirmation`, { method: 'POST', body: JSON.stringify({ revision: suivi.revision, lignes: suivi.a_ecrire }), headers: { 'Content-Type': 'application/json' } });
      } else if (suivi?.peut?.annuler) {
        await lit('import', `/api/v1/imports/${cree.id}/annulation`, { method: 'POST' });
        break;
      }
      await attendre(1_000);
    }
    await attendre(5_000);
  }
}

const gens = Array.from({ length: Number(nombre) }, (_, rang) => personne(rang));
await Promise.all(foule ? gens : gens.concat(lecteur(), exportateur(), importateur()));
await writeFile(rapport, `${Object.entries(comptes).sort().map(([quoi, fois]) => `${quoi} : ${fois}`).join('\n')}\n`);

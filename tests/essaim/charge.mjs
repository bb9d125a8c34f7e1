// People at work through the proxy, until the file STOP exists: node tests/essaim/charge.mjs URL STOP REPORT
// Reads lists and files, adds notes, now and then asks for an export; the report says every answer that was not right, how many notes
// were accepted, and which exports: the base is asked afterwards for as many, and for files that are ready.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

const [base, stop, rapport] = process.argv.slice(2);
const PERSONNES = 6;
// One export for so many turns of a person.
const TOURS_PAR_EXPORT = 60;

async function connecte(compte) {
  const corps = new URLSearchParams({ courriel: `${compte}@demo.gardel`, mot_de_passe: 'demo-gardel-971!' });
  const reponse = await fetch(`${base}/connexion`, { method: 'POST', body: corps, redirect: 'manual' });
  if (reponse.status !== 303) throw new Error(`connexion : ${reponse.status}`);
  return reponse.headers.getSetCookie().map((un) => un.split(';')[0]).join('; ');
}

const cookie = await connecte('admin.riviera');
const envoie = (chemin, options = {}) => fetch(base + chemin, { redirect: 'manual', ...options, headers: { Cookie: cookie, ...options.headers } });
// A kept connection that the proxy closes as it reloads: a browser sends again what got no answer on it, and so does this one.
const demande = (chemin, options) => envoie(chemin, options).catch((erreur) => {
  if (erreur.cause?.code === 'UND_ERR_SOCKET' || erreur.cause?.code === 'ECONNRESET') return envoie(chemin, options);
  throw erreur;
});
const sejours = [...(await (await demande('/sejours?taille=50')).text()).matchAll(/href="(\/sejours\/\d+)"/g)].map((trouve) => trouve[1]);
if (sejours.length < 20) throw new Error(`${sejours.length} séjours seulement`);

const bilan = { lectures: 0, ecritures: 0, acceptees: 0, nonRelues: [], exports: [], fautes: [] };
async function personne(rang) {
  for (let tour = 0; !existsSync(stop); tour += 1) {
    if (tour % TOURS_PAR_EXPORT === 20 + rang) {
      try {
        const corps = new URLSearchParams({ requete: `statut=a_verifier&q=mot${rang}`, format: 'csv_fr' });
        const reponse = await demande('/sejours/exports', { method: 'POST', body: corps });
        const ou = reponse.headers.get('location') ?? '';
        if (reponse.status === 303 && ou.startsWith('/exports/')) bilan.exports.push(ou.split('/')[2]);
        else bilan.fautes.push(`POST /sejours/exports : ${reponse.status} ${ou}`);
      } catch (erreur) {
        bilan.fautes.push(`POST /sejours/exports : ${erreur.cause?.code ?? erreur.message}`);
      }
    }
    const fiche = sejours[(rang * 7 + tour) % sejours.length];
    const ecrit = tour % 3 === 2;
    const chemin = ecrit ? `${fiche}/notes` : tour % 3 === 1 ? fiche : `/sejours?statut=a_verifier&q=mot${rang}x${tour % 5}`;
    const options = ecrit ? { method: 'POST', body: new URLSearchParams({ texte: `essaim ${rang}-${tour}`, jeton: randomUUID() }) } : {};
    const debut = Date.now();
    try {
      const reponse = await demande(chemin, options);
      await reponse.arrayBuffer();
      bilan[ecrit ? 'ecritures' : 'lectures'] += 1;
      if (ecrit && reponse.status === 303) {
        bilan.acceptees += 1;
        // Whichever server answers, from whichever copy of the base: whoever wrote reads it.
        const relue = await demande(fiche, {});
        const page = await relue.text();
        if (relue.status !== 200) bilan.fautes.push(`GET ${fiche} : ${relue.status}`);
        else if (!page.includes(options.body.get('texte'))) bilan.nonRelues.push(`${fiche} : « ${options.body.get('texte')} » n’y est pas encore`);
      }
      else if (reponse.status !== (ecrit ? 303 : 200)) bilan.fautes.push(`${ecrit ? 'POST' : 'GET'} ${chemin} : ${reponse.status} (${Date.now() - debut} ms)`);
    } catch (erreur) {
      bilan.fautes.push(`${ecrit ? 'POST' : 'GET'} ${chemin} : ${erreur.cause?.code ?? erreur.message}`);
    }
    await new Promise((suite) => setTimeout(suite, 30));
  }
}
await Promise.all(Array.from({ length: PERSONNES }, (_, rang) => personne(rang)));
await writeFile(rapport, JSON.stringify(bilan));

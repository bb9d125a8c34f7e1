// A runner of some hundred lines: each scenario in a fresh context, those that write (`ecrit`) first and
// alone, since others look at what they leave, then those that only read, three at a time; a picture of what was on screen when one fails, and a
// last line that says how many.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ATTENTE_MS, BASE, etatDe, LARGE, nouveauContexte, ouvrirNavigateur } from './outils.mjs';

export const CAPTURES = fileURLToPath(new URL('../../var/captures/', import.meta.url));
const DUREE_MS_MAX = 12 * ATTENTE_MS;
const A_LA_FOIS = Number(process.env.ESSAI_A_LA_FOIS ?? 3);
// More failures than these at once are no accident of the machine.
const SECONDES_CHANCES_MAX = 3;
const inscrits = [];

// scenario(name, { modes, compte, taille, ecrit, ailleurs }, async ({ page, context, js, navigateur }) => …)
// Unless `modes` says otherwise it runs twice, with JavaScript and without.
export function scenario(nom, options, corps) {
  for (const mode of options.modes ?? ['avec', 'sans']) {
    inscrits.push({ nom: `${nom} [${mode} JavaScript]`, js: mode === 'avec', options, corps });
  }
}

// A check that opens what it needs by itself, and writes nothing.
export function verification(nom, corps) {
  inscrits.push({ nom, corps, libre: true });
}

const fichier = (nom) => nom.normalize('NFD').replace(/[^\w]+/g, '-').toLowerCase().slice(0, 120);

async function limiter(promesse) {
  let minuterie;
  const limite = new Promise((_, refuser) => {
    minuterie = setTimeout(() => refuser(new Error(`pas terminé en ${DUREE_MS_MAX / 1000} s`)), DUREE_MS_MAX);
  });
  try {
    return await Promise.race([promesse, limite]);
  } finally {
    clearTimeout(minuterie);
  }
}

async function jouer(navigateur, essai) {
  const ouverts = [];
  // Contexts opened by the scenario are watched and closed like the first.
  const ouvrir = async (options) => {
    const context = await nouveauContexte(navigateur, { ailleurs: essai.options?.ailleurs, ...options });
    ouverts.push(context);
    return context;
  };
  try {
    if (essai.libre) {
      await limiter(essai.corps({ navigateur, ouvrir }));
    } else {
      const etat = essai.options.compte && await etatDe(navigateur, essai.options.compte);
      const context = await ouvrir({ js: essai.js, etat, taille: essai.options.taille ?? LARGE });
      const page = await context.newPage();
      await limiter(essai.corps({ navigateur, ouvrir, context, page, js: essai.js }));
    }
    const incidents = ouverts.flatMap((context) => context.incidents);
    if (incidents.length) throw new Error(`incidents :\n${incidents.join('\n')}`);
  } catch (erreur) {
    let rang = 0;
    for (const page of ouverts.flatMap((context) => context.pages())) {
      rang += 1;
      const chemin = `${CAPTURES}echec-${fichier(essai.nom)}-${rang}.png`;
      await page.screenshot({ path: chemin, fullPage: true, timeout: 5_000 }).catch(() => {});
      erreur.message += `\n(à l'écran : ${page.url()}, capture ${chemin})`;
    }
    throw erreur;
  } finally {
    for (const context of ouverts) await context.close().catch(() => {});
  }
}

// Runs those whose name contains one of `filtres`; prints « browser: N passed, M failed ».
export async function toutJouer(filtres) {
  await mkdir(CAPTURES, { recursive: true });
  // Pictures of the failures of another day would mislead.
  for (const nom of await readdir(CAPTURES)) if (nom.startsWith('echec-')) await rm(CAPTURES + nom);
  await fetch(`${BASE}/connexion`).catch((erreur) => {
    throw new Error(`rien ne répond à ${BASE} (${erreur.cause?.code ?? erreur.message}) : lancez la démonstration, ou donnez ESSAI_URL.`);
  });
  const choisis = inscrits.filter(({ nom }) => !filtres.length || filtres.some((filtre) => nom.toLowerCase().includes(filtre.toLowerCase())));
  const navigateur = await ouvrirNavigateur();
  const echecs = [];
  const essayer = async (essai) => {
    // A signal closed it, or it crashed: what follows would only fail a hundred times over.
    if (!navigateur.isConnected()) throw new Error(`le navigateur s'est arrêté avant « ${essai.nom} ».`);
    const debut = Date.now();
    try {
      await jouer(navigateur, essai);
      console.log(`   ✓ ${essai.nom} (${Date.now() - debut} ms)`);
    } catch (erreur) {
      echecs.push({ essai, erreur });
      console.log(`   ✗ ${essai.nom} (${Date.now() - debut} ms)`);
      // Playwright colours its messages; logs are read without a terminal.
      console.log(String(erreur.stack ?? erreur).replace(/\x1b\[\d+m/g, '').replace(/^/gm, '       '));
    }
  };
  for (const essai of choisis.filter(({ options }) => options?.ecrit)) await essayer(essai);
  const lus = choisis.filter(({ options }) => !options?.ecrit);
  await Promise.all(Array.from({ length: A_LA_FOIS }, async () => { while (lus.length) await essayer(lus.shift()); }));
  // On two cores beside a browser, a page may come later than any wait that a test should have: what failed is played once
  // more with nothing beside, and is told even when it then passes.
  const instables = [];
  for (const { essai, erreur } of echecs.length <= SECONDES_CHANCES_MAX ? echecs.splice(0) : []) {
    const avant = echecs.length;
    await essayer(essai);
    if (echecs.length === avant) instables.push({ essai, erreur });
  }
  await navigateur.close();
  const reussis = choisis.length - echecs.length;
  // Again at the end, with the reason: whoever is sent the last lines alone knows what to look for.
  const raison = ({ message }) => String(message).replace(/\x1b\[\d+m/g, '').split('\n').slice(0, 6).join('\n       ');
  const dits = (liste) => liste.map(({ essai, erreur }) => `   ✗ ${essai.nom}\n       ${raison(erreur)}\n`).join('');
  const liste = dits(echecs);
  if (instables.length) console.log(`\nRéussis au second essai, seuls :\n${dits(instables)}`);
  if (liste) console.log(`\nÉchecs :\n${liste}`);
  console.log(`browser: ${reussis} passed, ${echecs.length} failed`);
  // Whoever reads it prints what follows the figures after all else, the logs of the servers included.
  if (process.env.ESSAI_BILAN) await writeFile(process.env.ESSAI_BILAN, `${reussis} ${echecs.length}\n${liste}`);
  // Having run nothing is no success.
  return echecs.length === 0 && reussis > 0;
}

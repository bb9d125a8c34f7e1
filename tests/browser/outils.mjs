// What every scenario stands on: the browser, signed-in contexts, waiting for conditions, and the
// incidents that fail a test whatever it was looking at.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const BASE = (process.env.ESSAI_URL ?? 'http://127.0.0.1:8000').replace(/\/$/, '');
export const MOT_DE_PASSE = 'demo-gardel-971!';
// Longer on a machine that does much else.
export const ATTENTE_MS = Number(process.env.ESSAI_ATTENTE_MS ?? 10_000);
// An export waits for its turn in the queue.
export const ATTENTE_TRAVAIL_MS = 45_000;
export const LARGE = { width: 1280, height: 900 };
export const ETROIT = { width: 320, height: 700 };

export const courriel = (compte) => `${compte}@demo.gardel`;

// The shell is Chromium without the windows of a desktop, which cost a third of the time of the tests.
const NAVIGATEURS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

export async function ouvrirNavigateur() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? NAVIGATEURS.find(existsSync) ?? NAVIGATEURS[0],
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

// Polls from here rather than in the page: it works without JavaScript and across navigations.
export async function jusqua(condition, quoi, duree = ATTENTE_MS) {
  const fin = Date.now() + duree;
  let dernier = '';
  for (;;) {
    try {
      const valeur = await condition();
      if (valeur) return valeur;
    } catch (erreur) {
      // A navigation in progress takes the page away from under a question.
      dernier = ` (${String(erreur.message).split('\n')[0]})`;
    }
    if (Date.now() > fin) throw new Error(`attendu en vain pendant ${duree / 1000} s : ${quoi}${dernier}`);
    await new Promise((reprendre) => setTimeout(reprendre, 50));
  }
}

// A context that writes down what must never happen, on any page it shows.
export async function nouveauContexte(navigateur, { js = true, taille = LARGE, etat, sansScripts = false, ailleurs = false, ...options } = {}) {
  const context = await navigateur.newContext({
    baseURL: BASE,
    javaScriptEnabled: js,
    locale: 'fr-FR',
    timezoneId: 'America/Guadeloupe',
    viewport: taille,
    reducedMotion: 'reduce',
    storageState: etat,
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(ATTENTE_MS);
  const incidents = [];
  const noter = (texte) => { if (!incidents.includes(texte)) incidents.push(texte); };
  if (js) {
    await context.exposeBinding('__csp', ({ page }, refus) => noter(`CSP sur ${page.url()} : ${refus}`));
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (refus) => {
        globalThis.__csp(`${refus.effectiveDirective} refuse ${refus.blockedURI} (${refus.sourceFile ?? ''}:${refus.lineNumber})`);
      });
    });
  }
  // The page as it is when its scripts are lost on the way, which a proxy may do.
  if (sansScripts) await context.route('**/*', (route) => (route.request().resourceType() === 'script' ? route.abort() : route.continue()));
  context.on('console', (message) => {
    if (/content.security.policy|trusted ?type/i.test(message.text())) noter(`console : ${message.text()}`);
  });
  context.on('weberror', (erreur) => noter(`erreur JavaScript : ${erreur.error().message}`));
  context.on('request', (requete) => {
    const adresse = requete.url();
    // A person may be led elsewhere, to an identity provider; a page of ours asks nothing there.
    if (ailleurs && requete.isNavigationRequest()) return;
    if (/^https?:/.test(adresse) && !adresse.startsWith(`${BASE}/`)) noter(`requête vers un autre site : ${adresse}`);
  });
  context.on('response', (reponse) => {
    const genre = reponse.request().resourceType();
    if (reponse.status() >= 500) noter(`${reponse.status()} sur ${reponse.url()}`);
    if (reponse.status() >= 400 && ['script', 'stylesheet', 'image', 'font'].includes(genre)) noter(`${reponse.status()} sur ${reponse.url()}`);
  });
  context.incidents = incidents;
  return context;
}

export async function remplirConnexion(page, compte, motDePasse = MOT_DE_PASSE) {
  await page.fill('[name=courriel]', compte.includes('@') ? compte : courriel(compte));
  await page.fill('[name=mot_de_passe]', motDePasse);
  await page.getByRole('button', { name: 'Se connecter' }).click();
}

export const surConnexion = (page) => new URL(page.url()).pathname === '/connexion';

export async function seConnecter(page, compte, motDePasse) {
  await page.goto('/connexion');
  await remplirConnexion(page, compte, motDePasse);
  await jusqua(() => !surConnexion(page), `connexion de ${compte}`);
}

// A session kept for the whole run has to say again who it is, after a quarter of an hour.
export async function confirmer(page, motDePasse = MOT_DE_PASSE) {
  if (new URL(page.url()).pathname !== '/compte/confirmation') return;
  await page.fill('main [name=mot_de_passe]', motDePasse);
  await page.getByRole('button', { name: 'Confirmer' }).click();
  await jusqua(() => new URL(page.url()).pathname !== '/compte/confirmation', 'la confirmation');
}

// One sign-in per account for the whole run: argon2 is slow on purpose and attempts are counted.
const etats = new Map();
async function etatNeuf(navigateur, compte) {
  const context = await nouveauContexte(navigateur, { js: false });
  await seConnecter(await context.newPage(), compte);
  const etat = await context.storageState();
  await context.close();
  return etat;
}

export function etatDe(navigateur, compte) {
  // The promise is kept, not its value: two at once sign in once.
  if (!etats.has(compte)) {
    etats.set(compte, etatNeuf(navigateur, compte));
    // A sign-in that failed is tried again by whoever comes next.
    etats.get(compte).catch(() => etats.delete(compte));
  }
  return etats.get(compte);
}

// To call after ending the sessions of an account: the next scenario signs in again.
export const oublierEtat = (compte) => etats.delete(compte);

export async function seDeconnecter(page) {
  const bouton = page.getByRole('button', { name: 'Se déconnecter' });
  if (!(await bouton.isVisible())) await page.locator('header details:has(form[action="/deconnexion"]) > summary').click();
  await bouton.click();
  await jusqua(() => surConnexion(page), 'la page de connexion après « Se déconnecter »');
}

// --- Lists ---------------------------------------------------------------------------------------

export const REGION = '#liste, #resultats';
export const parametre = (page, nom) => new URL(page.url()).searchParams.get(nom);

// Nothing left in flight: htmx marks what it is asking for.
export const calme = (page) => jusqua(
  async () => (await page.locator('.htmx-request').count()) === 0 && (await page.locator('[aria-busy=true]').count()) === 0,
  'la fin des requêtes htmx',
);

// Addresses of the files on the page, in order.
export const lignes = (page) => page.locator(REGION).locator('tbody tr').evaluateAll(
  (rangs) => rangs.map((rang) => rang.querySelector('a')?.getAttribute('href') ?? rang.id),
);

export const suivre = (page, nom) => page.locator('nav.pages').getByRole('link', { name: nom, exact: true }).click();

export const lienDeTri = (page, tri) => page.locator(REGION).locator(`th a#tri-${tri}, th a[href*="tri=${tri}"], th a[href*="tri=-${tri}"]`).first();

export const entier = (texte) => {
  const chiffres = [...texte.matchAll(/\d(?:[\d\s\u00a0\u202f]*\d)?/g)].map((trouve) => Number(trouve[0].replace(/\D/g, '')));
  return chiffres.length ? chiffres.at(-1) : /aucun/i.test(texte) ? 0 : NaN;
};

// The count of the filter: it comes by itself with JavaScript, behind a link without.
export async function compte(page, js) {
  const element = page.locator('#compte');
  if (!js && !Number.isFinite(entier(await element.innerText()))) {
    const retour = page.url();
    await element.getByRole('link').click();
    const nombre = await jusqua(async () => { const n = entier(await page.locator('#compte').innerText()); return Number.isFinite(n) && { n }; }, 'un nombre sur la page du compte');
    await page.goto(retour);
    return nombre.n;
  }
  const nombre = await jusqua(async () => { const n = entier(await element.innerText()); return Number.isFinite(n) && { n }; }, 'un nombre dans #compte');
  return nombre.n;
}

export async function ouvrirListe(page, chemin) {
  const reponse = await page.goto(chemin);
  assert.equal(reponse.status(), 200, `${chemin} répond ${reponse.status()}`);
  assert.ok(!surConnexion(page), `${chemin} mène à la page de connexion : la session est finie`);
  await calme(page);
}

// An element that may sit in a closed <details>: opened the way a person would.
export async function devoiler(page, cible) {
  if (await cible.isVisible()) return cible;
  const volet = page.locator('details:not([open])').filter({ has: cible }).first();
  await volet.locator('> summary').click();
  await cible.waitFor({ state: 'visible' });
  return cible;
}

export async function sansDefilementHorizontal(page, ou) {
  const [contenu, fenetre] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(contenu <= fenetre, `${ou} : la page défile horizontalement (${contenu} px pour ${fenetre} px)`);
}

/** Ticks `valeur` alone in the filter `nom`, which takes several; '' ticks none. */
export async function cocherFiltre(page, nom, valeur) {
  const cases = page.locator(`#filtres input[name=${nom}]`);
  const boite = page.locator('#filtres details.multiple').filter({ has: page.locator(`input[name=${nom}]`) });
  // Inside the panel of the other filters, that panel first.
  const panneau = page.locator('#filtres details.plus').filter({ has: page.locator(`input[name=${nom}]`) });
  for (const pli of [panneau, boite]) {
    if ((await pli.count()) && !(await pli.first().evaluate((element) => element.open))) await pli.first().locator('> summary').click();
  }
  for (const une of await cases.all()) {
    const voulue = (await une.getAttribute('value')) === valeur;
    if ((await une.isChecked()) !== voulue) await une.setChecked(voulue);
  }
  if (await boite.first().evaluate((element) => element.open)) await boite.first().locator('> summary').click();
}

/** The values ticked in the filter `nom`. */
export function coches(page, nom) {
  return page.locator(`#filtres input[name=${nom}]`).evaluateAll((cases) => cases.filter((une) => une.checked).map((une) => une.value));
}

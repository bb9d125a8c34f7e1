// What is left behind, or planted: pages behind « Back » after signing out, links that were kept, cookies that a
// neighbouring host wrote. Whoever comes next to the machine finds nothing in them.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { ATTENTE_TRAVAIL_MS, BASE, calme, jusqua, oublierEtat, ouvrirListe, seConnecter, seDeconnecter, surConnexion } from '../outils.mjs';

const COMPTE = 'agent.basseterre';
const NOM = 'Cédric Montout';

// The session is ended from elsewhere: nothing tells this browser to forget, only what its pages said of themselves.
scenario('« Précédent » après la fin de la session ne montre rien', { ecrit: true }, async ({ page, js, ouvrir }) => {
  await seConnecter(page, COMPTE);
  oublierEtat(COMPTE);
  const vues = ['/', '/sejours?statut=a_verifier', '/logements', '/hebergeurs', '/compte', '/exports', '/avis'];
  const fiches = [];
  for (const vue of vues) {
    await page.goto(vue);
    if (js) await calme(page);
    if (vue === '/hebergeurs' || vue.startsWith('/sejours')) fiches.push(await page.locator('#liste tbody a').first().getAttribute('href'));
  }
  for (const fiche of fiches) await page.goto(fiche);
  assert.ok((await page.locator('main h1').innerText()).length > 3, 'la fiche a un titre');
  const autre = await ouvrir({ js: false });
  const ailleurs = await autre.newPage();
  await seConnecter(ailleurs, COMPTE);
  await ailleurs.goto('/compte');
  await ailleurs.locator('form[action="/compte/sessions/fin"] [type=submit]').click();
  await jusqua(async () => /autres sessions sont terminées/.test(await ailleurs.locator('body').innerText()), 'la fin des autres sessions');
  for (const avant of [...vues, ...fiches].slice(0, -1).reverse()) {
    await page.goBack({ waitUntil: 'load' });
    const texte = await page.locator('body').innerText();
    assert.ok(!texte.includes(NOM), `${page.url()} montre encore ${NOM}`);
    assert.equal(await page.locator('#liste tbody tr, .fiche').count(), 0, `${page.url()} montre encore des lignes`);
    // Asked again, each leads to the sign-in page, which leads back to it.
    assert.ok(surConnexion(page), `${page.url()} au lieu de la page de connexion`);
    assert.equal(new URL(page.url()).searchParams.get('retour') ?? '/', avant);
  }
});

scenario('les liens gardés n’ouvrent rien sans la session, ni à quelqu’un d’autre', { ecrit: true, modes: ['sans'] }, async ({ page, context, ouvrir }) => {
  await seConnecter(page, COMPTE);
  oublierEtat(COMPTE);
  await ouvrirListe(page, '/sejours?statut=a_verifier');
  const fiche = await page.locator('#liste tbody a').first().getAttribute('href');
  await page.locator('form[action="/sejours/exports"] summary').click();
  await page.locator('form[action="/sejours/exports"] .formats [value=csv_fr]').click();
  const telecharger = page.getByRole('link', { name: /Télécharger/ });
  await jusqua(() => telecharger.isVisible(), 'le lien « Télécharger »', ATTENTE_TRAVAIL_MS);
  const chemin = new URL(page.url()).pathname;
  const gardes = [chemin, `${chemin}/fichier`, `${chemin}/manifeste`, fiche, '/hebergeurs', '/compte'];
  const cookies = await context.cookies();
  for (const lien of gardes) assert.equal((await context.request.get(lien)).status(), 200, `${lien} s’ouvre à qui est connecté`);
  await seDeconnecter(page);
  const muet = async (requete, lien) => {
    const reponse = await requete.get(lien);
    const arrivee = new URL(reponse.url()).pathname;
    assert.ok(arrivee === '/connexion' || [401, 403, 404].includes(reponse.status()), `${lien} répond ${reponse.status()} à ${arrivee}`);
    assert.ok(!(await reponse.text()).includes(NOM), `${lien} nomme quelqu’un`);
  };
  for (const lien of gardes) await muet(context.request, lien);
  // The cookies of before, kept somewhere and put back.
  await context.addCookies(cookies);
  for (const lien of gardes) await muet(context.request, lien);
  const autre = await ouvrir({ js: false });
  await seConnecter(await autre.newPage(), 'agent.gosier');
  for (const lien of gardes.slice(0, 4)) await muet(autre.request, lien);
});

scenario('des cookies posés par un site voisin ne disent et n’ouvrent rien', { ecrit: true }, async ({ page, context, js }) => {
  const { hostname } = new URL(BASE);
  const poser = (noms, path = '/') => context.addCookies(noms.map(([name, value]) => ({ name, value, domain: hostname, path })));
  const faux = 'Virement effectue a Marlene';
  // Before anybody signs in: what a sign-in could take up.
  await poser([
    ['_flash', `7:success${encodeURIComponent(faux)}`], ['gardel', 'A'.repeat(43)],
    ['gardel-navigateur', 'x'], ['gardel-externe', 'x.y.z'], ['gardel-attente', '1'], ['session', '1'],
  ]);
  await page.goto('/sejours');
  assert.ok(surConnexion(page), 'un jeton inventé n’ouvre rien');
  await seConnecter(page, COMPTE);
  oublierEtat(COMPTE);
  await poser([['_flash', `7:success${encodeURIComponent(faux)}`]]);
  for (const chemin of ['/sejours', '/compte', '/']) {
    assert.equal((await page.goto(chemin)).status(), 200, chemin);
    if (js) await calme(page);
    assert.ok(!(await page.content()).includes(faux), `${chemin} dit ce qu’un cookie lui souffle`);
  }
  const jeton = (await context.cookies()).find((cookie) => cookie.name === 'gardel');
  assert.notEqual(jeton.value, 'A'.repeat(43), 'la connexion donne un jeton neuf');
  assert.ok(jeton.httpOnly && jeton.sameSite !== 'None', 'et le garde des scripts');
  // A heap of them: the answer is one of ours, and the page still opens once they are gone.
  await poser(Array.from({ length: 40 }, (_, rang) => [`voisin${rang}`, 'y'.repeat(300)]));
  const lourde = await context.request.get('/sejours');
  assert.ok([200, 400, 431].includes(lourde.status()), `répond ${lourde.status()}`);
  await context.clearCookies({ name: /^voisin/ });
  assert.equal((await page.goto('/sejours')).status(), 200);
});

// The tasks of every day, done by the keyboard alone and counted: the table of the guide says these figures and no others.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { scenario } from '../cadre.mjs';
import { compteur } from '../compteur.mjs';
import { calme, jusqua } from '../outils.mjs';

const DECLARATIONS = 10;
const GUIDE = new URL('../../../docs/guide-agent.md', import.meta.url);

// Never the same twice: what resembles something else asks one screen more.
const hasard = (signes, combien) => Array.from({ length: combien }, () => signes[Math.floor(Math.random() * signes.length)]).join('');
const lettres = (combien) => hasard('abcdefghijklmnopqrstuvwxyz', combien);

// The table of the guide: task → screens and keys of Gardel.
async function tableDuGuide() {
  const guide = await readFile(GUIDE, 'utf8');
  const lignes = guide.matchAll(/^\| ([^|]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm);
  return Object.fromEntries([...lignes].map(([, tache, ecrans, touches]) => [tache, { ecrans: Number(ecrans), touches: Number(touches) }]));
}

scenario('les cinq tâches de l’agent se font au clavier, en autant d’écrans et de touches que le dit le guide', { compte: 'agent.basseterre', ecrit: true, modes: ['avec'] }, async ({ page }) => {
  const clavier = await compteur(page);
  const comptes = {};
  const tache = async (nom, geste) => {
    await page.goto('/');
    await calme(page);
    clavier.zero();
    await geste();
    await calme(page);
    comptes[nom] = clavier.vu();
  };
  const choisi = () => page.evaluate(() => document.getElementById(document.querySelector('#cherche').getAttribute('aria-activedescendant'))?.getAttribute('href') ?? '');
  const chercher = async (texte, fiche) => {
    await clavier.appuyer('Control+k');
    await clavier.taper(texte);
    const resultats = page.locator('#trouve [role=option]');
    await jusqua(async () => (await resultats.evaluateAll((tous) => tous.map((un) => un.getAttribute('href')))).some((une) => fiche.test(une)), `« ${texte} » trouvé`);
    await calme(page);
    while (!fiche.test(await choisi())) await clavier.appuyer('ArrowDown');
    await clavier.appuyer('Enter');
    await clavier.attendre(fiche);
  };
  const contenu = async (cible) => {
    await clavier.atteindre('a[href="#contenu"]');
    await clavier.appuyer('Enter');
    await clavier.atteindre(cible);
    await clavier.appuyer('Enter');
  };
  const telephone = `0690${hasard('0123456789', 6)}`;
  let logement = '';
  let sejour = '';

  await tache('Inscrire un hébergeur et son logement', async () => {
    await clavier.atteindre('a[href="#menu"]');
    await clavier.appuyer('Enter');
    await clavier.atteindre('nav a[href="/hebergeurs"]');
    await clavier.appuyer('Enter');
    await clavier.attendre(/^\/hebergeurs$/);
    await contenu('a[href="/hebergeurs/nouveau"]');
    await clavier.attendre(/nouveau$/);
    await clavier.taper(`${lettres(8)} ${lettres(8)}`);
    await clavier.atteindre('#commune');
    await clavier.taper('Bas');
    await clavier.atteindre('#telephone');
    await clavier.taper(telephone);
    await clavier.appuyer('Control+Enter');
    await clavier.attendre(/^\/hebergeurs\/\d+$/);
    await contenu('a[href^="/logements/nouveau"]');
    await clavier.attendre(/nouveau$/);
    await clavier.atteindre('#nom');
    await clavier.taper(`Gite ${lettres(8)}`);
    await clavier.atteindre('#adresse');
    await clavier.taper('3 rue des Palmes');
    await clavier.atteindre('#code_insee');
    await clavier.taper('Bas');
    await clavier.atteindre('#capacite');
    await clavier.taper('4');
    await clavier.atteindre('#nature_id');
    await clavier.taper('Meu');
    await clavier.atteindre('#categorie_id');
    await clavier.taper('3');
    await clavier.appuyer('Control+Enter');
    await clavier.attendre(/^\/logements\/\d+$/);
    logement = (await page.locator('main').innerText()).match(/LOG-\d{6}/)[0];
  });

  await tache('Répondre à un hébergeur qui appelle', async () => {
    await chercher(telephone.slice(-6), /^\/hebergeurs\/\d+$/);
  });

  await tache('Saisir la déclaration d’un séjour', async () => {
    await chercher(logement, /^\/logements\/\d+$/);
    await contenu('a[href^="/sejours/nouveau"]');
    await clavier.attendre(/nouveau$/);
    await clavier.atteindre('#date_debut');
    await clavier.taper('01032026');
    await clavier.atteindre('#date_fin');
    await clavier.taper('04032026');
    await clavier.atteindre('#nb_personnes');
    await clavier.taper('3');
    await clavier.atteindre('#nb_mineurs');
    await clavier.taper('1');
    await clavier.appuyer('Control+Enter');
    await clavier.attendre(/^\/sejours\/\d+$/);
    sejour = (await page.locator('h1 .code').innerText()).trim();
    assert.match(await page.locator('main').innerText(), /Assujettis\s+2/);
  });

  await tache('Corriger la déclaration d’un séjour', async () => {
    await chercher(sejour, /^\/sejours\/\d+$/);
    await contenu('#f-corriger');
    await clavier.attendre(/modifier$/);
    // Past the menu, whose length is nobody's gesture.
    await clavier.atteindre('a[href="#contenu"]');
    await clavier.appuyer('Enter');
    await clavier.atteindre('#nb_personnes');
    await clavier.taper('4');
    await clavier.appuyer('Control+Enter');
    await clavier.attendre(/^\/sejours\/\d+$/);
    assert.match(await page.locator('main').innerText(), /Assujettis\s+3/);
  });

  await tache(`Vérifier ${DECLARATIONS} déclarations, une par une`, async () => {
    await contenu('main a[href="/sejours?statut=a_verifier"]');
    await clavier.attendre(/^\/sejours$/);
    await calme(page);
    await contenu('#liste tbody th a');
    for (let faites = 0; faites < DECLARATIONS; faites += 1) {
      await clavier.attendre(/^\/sejours\/\d+$/);
      const avant = new URL(page.url()).pathname;
      await contenu('#f-valider');
      await jusqua(() => new URL(page.url()).pathname !== avant, 'le séjour suivant');
    }
  });

  const dits = await tableDuGuide();
  const autres = Object.keys({ ...comptes, ...dits }).filter((nom) => JSON.stringify(comptes[nom]) !== JSON.stringify(dits[nom]));
  const ecarts = autres.map((nom) => `${nom} : ${JSON.stringify(comptes[nom])}, le guide dit ${JSON.stringify(dits[nom])}`);
  assert.ok(!ecarts.length, `docs/guide-agent.md (« Cinq tâches de tous les jours, comptées ») ne dit plus vrai\n${ecarts.join('\n')}`);
});

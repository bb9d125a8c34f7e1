// A token of a program: what is wrong is said beside its field, it is shown once, copied, seen in its list, and taken back in one click.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { confirmer, jusqua } from '../outils.mjs';

let suite = 0;

scenario('un jeton se crée, se montre une fois, se copie et se révoque d’un bouton', { compte: 'admin.riviera', ecrit: true }, async ({ page, js }) => {
  suite += 1;
  const nom = `Tableau de bord ${Date.now().toString(36)} ${suite}`;
  await page.goto('/jetons');
  await page.locator('main a[href="/jetons/nouveau"]').first().click();
  await confirmer(page);
  await jusqua(() => new URL(page.url()).pathname === '/jetons/nouveau', 'le formulaire');
  await page.evaluate(() => document.querySelector('main form').setAttribute('novalidate', ''));
  await page.fill('#nom', nom);
  await page.fill('#adresses', '10.1.2.3/8');
  await page.getByRole('button', { name: 'Créer le jeton' }).click();
  await jusqua(async () => /deux façons/.test(await page.locator('#adresses-erreur').innerText()), 'la phrase sous le champ');
  assert.match(await page.locator('.message.erreur').innerText(), /au moins un module/);
  if (js) assert.ok(await page.evaluate(() => document.activeElement.matches('.message.erreur')), 'le résumé a le focus');
  assert.equal(await page.inputValue('#nom'), nom, 'rien de ce qui était tapé n’est perdu');
  await page.fill('#adresses', '10.0.0.0/8');
  await page.selectOption('#droit-taxe', { label: 'Lire' });
  await page.locator('#collectivites input').first().check();
  await page.getByRole('button', { name: 'Créer le jeton' }).click();
  const jeton = await jusqua(() => page.inputValue('#jeton'), 'le jeton');
  assert.match(jeton, /^gardel_[0-9a-f]{72}$/);
  assert.ok((await page.inputValue('#appel')).includes(jeton), 'l’appel d’exemple le porte');
  const bouton = page.getByRole('button', { name: 'Copier le jeton' });
  assert.equal(await bouton.isVisible(), js, 'sans script, le champ se copie à la main');
  if (js) {
    assert.ok(await page.evaluate(() => document.activeElement.id === 'jeton'), 'le jeton a le focus');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await bouton.click();
    await jusqua(async () => (await page.locator('[data-copier]').innerText()).trim() === 'Jeton copié', 'la copie est dite');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), jeton);
  }

  await page.getByRole('link', { name: 'C’est fait, voir sa fiche' }).click();
  await jusqua(async () => (await page.locator('h1').innerText()) === nom, 'sa fiche');
  assert.ok(!(await page.content()).includes(jeton), 'il n’est plus montré');
  const fiche = new URL(page.url()).pathname;
  await page.goto('/jetons');
  assert.equal(await page.locator(`main tbody a[href="${fiche}"]`).count(), 1);
  await page.goto(fiche);
  await page.getByRole('button', { name: 'Révoquer ce jeton' }).click();
  await jusqua(async () => (await page.locator('.titre-page').innerText()).includes('Révoqué'), 'la révocation');
  assert.equal(await page.getByRole('button', { name: 'Révoquer ce jeton' }).count(), 0);
});

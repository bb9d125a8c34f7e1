// Every screen: WCAG 2.2 AA by axe, valid HTML as sent and as htmx receives it, no sideways scroll at
// 320 px. One screen of each kind is looked at in every way (light and dark, wide and narrow, panels
// closed and open, scripts there or not), those that are made of the same parts in two.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import axe from 'axe-core';
import { HtmlValidate, StaticConfigLoader } from 'html-validate';
import { verification } from './cadre.mjs';
import { adresse, ECRANS } from './ecrans.mjs';
import { calme, ETROIT, etatDe, LARGE, sansDefilementHorizontal } from './outils.mjs';

const REGLES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
// Panels are opened in half of them: what is folded is on the screen of someone.
const VUES = [
  { taille: LARGE, colorScheme: 'light', ouvrir: false },
  { taille: LARGE, colorScheme: 'dark', ouvrir: true },
  { taille: ETROIT, colorScheme: 'light', ouvrir: true },
  { taille: ETROIT, colorScheme: 'dark', ouvrir: false },
];
const BREVES = [VUES[1], VUES[2]];
const vus = new Set();
const valideur = new HtmlValidate(new StaticConfigLoader(JSON.parse(await readFile(new URL('htmlvalidate.json', import.meta.url), 'utf8'))));

// Of rows made of the same elements, the first four are looked at, not fifty: axe reads every element of a page at each question.
// To be called once what depends on words and on widths is looked at.
async function elaguer(page) {
  await page.evaluate(() => {
    const forme = (element) => `${element.tagName}.${element.className.baseVal ?? element.className} ${['role', 'type', 'hidden', 'aria-current', 'aria-disabled'].map((nom) => element.getAttribute(nom)).join()}(${[...element.children].map(forme).join()})`;
    for (const corps of document.querySelectorAll('tbody, main ul, main ol')) {
      const vues = new Map();
      for (const rang of [...corps.children]) {
        const une = forme(rang);
        vues.set(une, (vues.get(une) ?? 0) + 1);
        if (vues.get(une) > 4) rang.remove();
      }
    }
  });
}

async function accessible(page, ou, cibles = true) {
  // Injected by the debugger, so the page's own policy stays as it is.
  if (!await page.evaluate(() => Boolean(globalThis.axe))) await page.evaluate(axe.source);
  return dites(await page.evaluate(([regles, cibles]) => globalThis.axe.run(document, {
    runOnly: regles, resultTypes: ['violations'], rules: { 'target-size': { enabled: cibles } },
  }), [REGLES, cibles]), ou);
}

// What opens over the page opens one at a time: open together, they cover each other's targets.
const COUCHES = 'details.volet-outil, details.compte, details.menu-etroit, .filtres > .filtres-champs details.multiple';

async function unParUn(page, ou) {
  const fautes = [];
  for (const [rang, couche] of (await page.locator(COUCHES).all()).entries()) {
    await page.evaluate(([selecteur, seul]) => document.querySelectorAll(selecteur).forEach((volet, place) => { volet.open = place === seul; }), [COUCHES, rang]);
    if (!await couche.isVisible()) continue;
    // What opens is brought into the window a moment later, smoothly: what moves is not measured.
    await page.evaluate(async () => {
      const image = () => new Promise((suite) => { requestAnimationFrame(suite); });
      await image();
      for (let calme = 0, avant = -1; calme < 5; avant = scrollY) {
        await image();
        calme = scrollY === avant ? calme + 1 : 0;
      }
      // axe reads places before and after it scrolls: from the top it has nowhere to scroll to.
      scrollTo(0, 0);
      await image();
    });
    const nom = (await couche.locator('summary').first().innerText()).trim();
    fautes.push(...dites(await couche.evaluate((volet) => globalThis.axe.run(volet, { runOnly: { type: 'rule', values: ['target-size'] }, resultTypes: ['violations'] })), `${ou}, « ${nom} » seul`));
    if (page.viewportSize().width === ETROIT.width) await sansDefilementHorizontal(page, `${ou}, « ${nom} » seul`);
  }
  return fautes;
}

function dites({ violations }, ou) {
  return violations.map(({ id, help, nodes }) => `${ou} : ${id} (${help})\n${nodes.slice(0, 5).map((noeud) => `   ${noeud.target.join(' ')} : ${noeud.failureSummary.split('\n').slice(1).join(' ').trim()}`).join('\n')}`);
}

async function valide(html, ou) {
  const { results } = await valideur.validateString(html, `${ou}.html`);
  return results.flatMap(({ messages }) => messages).filter(({ severity }) => severity === 2)
    .map(({ ruleId, message, line, column }) => `${ou}, ligne ${line}:${column} : ${ruleId}, ${message}\n   ${html.split('\n')[line - 1].slice(Math.max(0, column - 60), column + 80)}`);
}

const dire = (fautes) => assert.equal(fautes.length, 0, `${fautes.length} fautes\n${fautes.join('\n')}`);

async function contexteDe({ navigateur, ouvrir }, compte, options) {
  return ouvrir({ ...options, etat: compte ? await etatDe(navigateur, compte) : undefined });
}

for (const ecran of ECRANS) {
  for (const compte of ecran.comptes.slice(0, 1)) {
    const nom = `${ecran.chemin} (${compte ?? 'sans compte'})`;
    const entier = !vus.has(ecran.genre ?? ecran.chemin);
    vus.add(ecran.genre ?? ecran.chemin);

    verification(`audit : ${nom} est accessible`, async (outils) => {
      const context = await contexteDe(outils, compte, { js: true });
      const page = await context.newPage();
      const chemin = await adresse(context, ecran);
      const reponse = await page.goto(chemin);
      assert.equal(reponse.status(), ecran.statut ?? 200);
      await calme(page);
      assert.equal(await page.locator('h1').count(), 1, 'un titre h1, un seul');
      const montres = await page.evaluate(() => [...document.querySelectorAll('[hidden]')].filter((element) => getComputedStyle(element).display !== 'none').map((element) => element.outerHTML.slice(0, 80)));
      assert.deepEqual(montres, [], 'ce qui est caché ne se voit pas');
      // The tree as htmx left it.
      const fautes = await valide(await page.content(), 'DOM');
      await page.setViewportSize(ETROIT);
      await sansDefilementHorizontal(page, '320 px');
      await elaguer(page);
      for (const vue of entier ? VUES : BREVES) {
        await page.setViewportSize(vue.taille);
        await page.emulateMedia({ colorScheme: vue.colorScheme });
        await page.evaluate((ouvert) => document.querySelectorAll('details').forEach((volet) => { volet.open = ouvert; }), vue.ouvrir);
        const ou = `${vue.taille.width} px, ${vue.colorScheme}${vue.ouvrir ? ', volets ouverts' : ''}`;
        fautes.push(...await accessible(page, ou, !vue.ouvrir));
        if (vue.ouvrir) fautes.push(...await unParUn(page, ou));
      }
      if (!entier) return dire(fautes);
      const sans = await contexteDe(outils, compte, { js: true, sansScripts: true });
      const seule = await sans.newPage();
      await seule.goto(chemin);
      await seule.setViewportSize(ETROIT);
      await sansDefilementHorizontal(seule, 'scripts absents');
      await seule.setViewportSize(LARGE);
      await elaguer(seule);
      fautes.push(...await accessible(seule, 'scripts absents'));
      return dire(fautes);
    });

    verification(`audit : ${nom} est du HTML valide`, async (outils) => {
      const context = await contexteDe(outils, compte, { js: false });
      const chemin = await adresse(context, ecran);
      const demander = async (headers) => {
        const reponse = await context.request.get(chemin, { headers: { Accept: 'text/html', ...headers } });
        assert.equal(reponse.status(), ecran.statut ?? 200);
        assert.match(reponse.headers()['content-type'] ?? '', /^text\/html; ?charset=utf-8/i);
        return reponse.text();
      };
      const page = await demander({});
      assert.match(page, /^<!doctype html>/i);
      const fautes = await valide(page, 'page');
      if (ecran.liste) {
        const fragment = await demander({ 'HX-Request': 'true', 'HX-Request-Type': 'partial', 'HX-Target': 'div#liste' });
        assert.doesNotMatch(fragment, /<html/i, 'htmx reçoit un fragment');
        assert.ok(fragment.length < page.length);
        fautes.push(...await valide(fragment, 'fragment'));
      }
      dire(fautes);
    });
  }

  // The other accounts see other menus and other tools: a lighter look, for errors and overflow.
  for (const compte of ecran.comptes.slice(1)) {
    verification(`audit : ${ecran.chemin} (${compte}) s’affiche à 320 px`, async (outils) => {
      const context = await contexteDe(outils, compte, { js: true, taille: ETROIT });
      const page = await context.newPage();
      assert.equal((await page.goto(await adresse(context, ecran))).status(), ecran.statut ?? 200);
      await calme(page);
      await sansDefilementHorizontal(page, compte);
      await elaguer(page);
      dire(await accessible(page, compte));
    });
  }
}

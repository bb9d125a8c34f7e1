// A file of rules, of Prometheus or of Alertmanager, made to live FACTEUR times faster: node accelere.mjs FACTEUR FILE > OUT
//
// Divided: what `for`, `interval`, `keep_firing_for`, `scrape_interval`, `evaluation_interval`, `group_…` and `repeat_interval` say, the
// ranges of PromQL between brackets, and the numbers of a line that ends by « # secondes ». Nothing goes below a second. What is a
// value and not a time (a share, a count, a bound of a histogram, days before a certificate ends) stays, and so does every name.
import { readFileSync } from 'node:fs';

const facteur = Number(process.argv[2]);
if (!(facteur >= 1)) throw new Error('facteur ?');
const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const divise = (duree) => {
  const ms = [...duree.matchAll(/(\d+)(ms|[smhdw])/g)].reduce((somme, [, nombre, unite]) => somme + Number(nombre) * MS[unite], 0);
  return `${Math.max(1000, Math.round(ms / facteur))}ms`;
};

const DUREE = /\b((?:\d+(?:ms|[smhdw]))+)\b/g;
const CLE = /^(\s*(?:- )?(?:for|interval|keep_firing_for|scrape_interval|evaluation_interval|group_wait|group_interval|repeat_interval): )(.+)$/;
const dehors = readFileSync(process.argv[3], 'utf8').split('\n').map((ligne) => {
  if (/^\s*#/.test(ligne)) return ligne;
  const cle = CLE.exec(ligne);
  if (cle) return cle[1] + cle[2].replace(DUREE, divise);
  const crochets = /(summary|description):/.test(ligne) ? ligne : ligne.replace(/\[([^\]"]+)\]/g, (tout, dedans) => (/^[\d:smhdw]+$/.test(dedans) ? `[${dedans.replace(DUREE, divise)}]` : tout));
  return /# secondes$/.test(crochets) ? crochets.replace(/(\d+)(?= # secondes$)/, (nombre) => String(Math.max(1, Number(nombre) / facteur))) : crochets;
});
process.stdout.write(dehors.join('\n'));

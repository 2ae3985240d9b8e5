/**
 * Writes samples/: `node packages/ingest/scripts/samples.ts`. Everything but air-passengers.csv is
 * made here from fixed seeds, so the files belong to this project.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeCp932 } from './cp932.ts';

const samples = join(import.meta.dirname, '../../../samples');
const DAY = 86_400_000;

/** mulberry32: small, seeded, the same on every machine. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 4_294_967_296;
  };
}
function normal(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
const two = (value: number): string => String(value).padStart(2, '0');

/** Monthly sales of seven shops, 2017-04 to 2025-03, in thousand yen; one opened in 2019. */
function monthlyShops(): string {
  const shops = [
    { name: '札幌店', level: 5200, growth: 0.1, snow: 0.16, summer: 0.05, opens: 0 },
    { name: '仙台店', level: 4100, growth: 0.15, snow: 0.03, summer: 0.06, opens: 0 },
    { name: '東京店', level: 12_800, growth: 0.25, snow: 0, summer: 0.02, opens: 0 },
    { name: '名古屋店', level: 6900, growth: 0.18, snow: 0, summer: 0.04, opens: 0 },
    { name: '大阪店', level: 9400, growth: 0.2, snow: 0, summer: 0.05, opens: 0 },
    { name: '福岡店', level: 4700, growth: 0.35, snow: 0, summer: 0.07, opens: 0 },
    { name: '那覇店', level: 2600, growth: 0.5, snow: -0.05, summer: 0.28, opens: 25 },
  ];
  // January to December: end of year, spring moves, summer sales.
  const season = [-0.04, -0.13, 0.06, 0.02, -0.01, -0.05, 0.04, 0.01, -0.06, -0.02, 0.03, 0.19];
  const noise = normal(uniform(20_170_401));
  const lines = ['店舗,年月,売上（千円）'];
  for (const shop of shops) {
    let drift = 0;
    for (let i = shop.opens; i < 96; i++) {
      const month = (3 + i) % 12;
      const year = 2017 + Math.floor((3 + i) / 12);
      drift = 0.85 * drift + 0.012 * noise();
      const winter = month === 11 || month < 2 ? shop.snow : 0;
      const summer = month === 6 || month === 7 ? shop.summer : 0;
      // The spring of 2020 and its slow return.
      const dip = i >= 36 && i < 54 ? -0.22 * Math.exp(-(i - 36) / 6) : 0;
      const ramp = shop.opens > 0 ? -0.5 * Math.exp(-(i - shop.opens) / 5) : 0;
      const value =
        shop.level *
        (1 + (shop.growth * i) / 96) *
        Math.exp((season[month] ?? 0) + winter + summer + dip + ramp + drift + 0.02 * noise());
      lines.push(`${shop.name},${year}/${two(month + 1)},${Math.round(value)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Box & Jenkins (1976), series G: international airline passengers in thousands, 1949-1960. */
const AIR_PASSENGERS = [
  112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114,
  140, 145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218, 230, 242, 209, 191,
  172, 194, 196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259,
  229, 203, 229, 242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374, 413, 405,
  355, 306, 271, 306, 315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435, 491,
  505, 404, 359, 310, 337, 360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535,
  622, 606, 508, 461, 390, 432,
];
function airPassengers(): string {
  const rows = AIR_PASSENGERS.map((y, i) => `AirPassengers,${1949 + Math.floor(i / 12)}-${two((i % 12) + 1)}-01,${y}`);
  return `unique_id,ds,y\n${rows.join('\n')}\n`;
}

/** Weekly visitors of four museums from Monday 2020-01-06, one column each, dates in Japanese. */
function weeklyVisitors(): string {
  const museums = [
    { name: '美術館', level: 3100, summer: 0.25, year: 0.04 },
    { name: '博物館', level: 4200, summer: 0.35, year: 0.03 },
    { name: '科学館', level: 5600, summer: 0.6, year: 0.05 },
    { name: '植物園', level: 1900, summer: -0.1, year: 0.06 },
  ];
  const noise = normal(uniform(20_200_106));
  const lines = [`週,${museums.map(({ name }) => name).join(',')}`];
  const drift = museums.map(() => 0);
  for (let week = 0; week < 260; week++) {
    const date = new Date(Date.UTC(2020, 0, 6) + week * 7 * DAY);
    const turn = ((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY / 365.25) * 2 * Math.PI;
    const golden = date.getUTCMonth() === 4 && date.getUTCDate() <= 7 ? 0.45 : 0;
    const values = museums.map((museum, m) => {
      drift[m] = 0.7 * (drift[m] ?? 0) + 0.05 * noise();
      const spring = museum.name === '植物園' ? 0.5 * Math.exp(-((turn - 1.9) ** 2) / 0.3) : 0;
      const level = museum.level * (1 + (museum.year * week) / 52);
      return Math.round(
        level *
          Math.exp(
            museum.summer * Math.exp(-((turn - 3.8) ** 2) / 0.25) +
              spring +
              golden -
              0.1 * Math.cos(turn) +
              (drift[m] ?? 0) +
              0.04 * noise(),
          ),
      );
    });
    lines.push(
      `${date.getUTCFullYear()}年${date.getUTCMonth() + 1}月${date.getUTCDate()}日,${values.map((value) => (value >= 1000 ? `"${value.toLocaleString('en-US')}"` : value)).join(',')}`,
    );
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** Hourly electricity of an office and a supermarket in kWh, eight weeks from Monday 2025-01-06. */
function hourlyPower(): string {
  const noise = normal(uniform(20_250_106));
  const lines = ['unique_id,ds,y'];
  for (const site of ['office', 'supermarket'] as const) {
    let drift = 0;
    for (let hour = 0; hour < 56 * 24; hour++) {
      const date = new Date(Date.UTC(2025, 0, 6) + hour * 3_600_000);
      const of = hour % 24;
      const weekend = Math.floor(hour / 24) % 7 >= 5;
      const open =
        site === 'office'
          ? (weekend ? 0.12 : 1) * Math.exp(-((of - 13) ** 2) / 28)
          : Math.exp(-((of - 15.5) ** 2) / 40) * (weekend ? 1.15 : 1);
      const base = site === 'office' ? 38 : 72;
      const peak = site === 'office' ? 165 : 88;
      drift = 0.9 * drift + 0.012 * noise();
      const value = (base + peak * open) * (1 + drift + 0.02 * noise());
      lines.push(`${site},${date.toISOString().slice(0, 10)} ${two(of)}:00,${value.toFixed(1)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Name and content of every file that is made. */
export const sampleFiles = (): [string, Buffer][] => [
  ['monthly-shops.csv', Buffer.from(monthlyShops())],
  ['air-passengers.csv', Buffer.from(airPassengers())],
  ['weekly-visitors-sjis.csv', encodeCp932(weeklyVisitors())],
  ['hourly-power.csv', Buffer.from(hourlyPower())],
];

if (import.meta.main) for (const [name, content] of sampleFiles()) writeFileSync(join(samples, name), content);

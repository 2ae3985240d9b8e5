import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnDates, excelSerial, isoTime, normalizeDateText, parseDate } from './dates.ts';

const read = (text: string): string | null => {
  const plain = normalizeDateText(text);
  const parsed = parseDate(plain, columnDates([plain], true).style);
  return parsed === null ? null : isoTime(parsed.t) + (parsed.offset === null ? '' : ` ${parsed.offset}`);
};

describe('dates as people write them', () => {
  test.each([
    ['2025/1', '2025-01-01'],
    ['2025-01-31', '2025-01-31'],
    ['2025.1.5', '2025-01-05'],
    ['2025年1月', '2025-01-01'],
    ['2025年1月5日', '2025-01-05'],
    ['2025年 1月 5日', '2025-01-05'],
    ['２０２５年１月５日', '2025-01-05'],
    ['２０２５／１／５', '2025-01-05'],
    ['2025/1/5(日)', '2025-01-05'],
    ['2025/1/5（日）', '2025-01-05'],
    ['令和7年1月', '2025-01-01'],
    ['令和７年１月５日', '2025-01-05'],
    ['令和元年5月', '2019-05-01'],
    ['㋿7年5月1日', '2025-05-01'],
    ['R7.1', '2025-01-01'],
    ['R7/1/31', '2025-01-31'],
    ['H31.4.30', '2019-04-30'],
    ['平成31年4月30日', '2019-04-30'],
    ['昭和64年1月7日', '1989-01-07'],
    ['S50.12', '1975-12-01'],
    ['大正元年12月25日', '1912-12-25'],
    ['20250131', '2025-01-31'],
    ['202501', '2025-01-01'],
    ['2025', '2025-01-01'],
    ['2025年', '2025-01-01'],
    ['2024年度', '2024-04-01'],
    ['令和6年度', '2024-04-01'],
    ['FY2024', '2024-04-01'],
    ['2025Q1', '2025-01-01'],
    ['2025-Q3', '2025-07-01'],
    ['Q4 2025', '2025-10-01'],
    ['2025年第2四半期', '2025-04-01'],
    ['2025-W03', '2025-01-13'],
    ['2020W53', '2020-12-28'],
    ['31.12.2025', '2025-12-31'],
    ['12/31/2025', '2025-12-31'],
    ['31/12/2025', '2025-12-31'],
    ['1/2025', '2025-01-01'],
    ['Jan 2025', '2025-01-01'],
    ['5 Jan 2025', '2025-01-05'],
    ['January 5, 2025', '2025-01-05'],
    ['Jan-25', '2025-01-01'],
    ['2025-01-05T10:00:00', '2025-01-05T10:00:00'],
    ['2025-01-05 10:00', '2025-01-05T10:00:00'],
    ['2025/1/5 9:05', '2025-01-05T09:05:00'],
    ['2025-01-05T10:00:00Z', '2025-01-05T10:00:00 0'],
    ['2025-01-05T10:00:00+09:00', '2025-01-05T10:00:00 540'],
    ['2025-01-05T10:00:00.250-0330', '2025-01-05T10:00:00.250 -210'],
    ['2025年1月5日10時30分', '2025-01-05T10:30:00'],
    ['2025/01/05 午後3時', '2025-01-05T15:00:00'],
    ['1/5/2025 12:15 AM', '2025-01-05T00:15:00'],
    ['2025-01-05 24:00', '2025-01-06'],
    ['45662', '2025-01-05'],
    ['1736035200', '2025-01-05 0'],
  ])('%s', (text, expected) => expect(read(text)).toBe(expected));

  test.each([
    '',
    '-',
    '合計',
    '2025-13-01',
    '2025-02-30',
    '31/31/2025',
    '2021W53',
    '2025-01-05 25:00',
    '9999-12-31',
    '令和7',
    'Marble 2025',
    '1e5',
  ])('%s is no date', (text) => expect(read(text)).toBeNull());
});

describe('what a column tells and one text cannot', () => {
  test('a day above 12 anywhere settles the order', () => {
    const found = columnDates(['01/02/2025', '13/02/2025'], true);
    expect(found).toMatchObject({ style: { order: 'dmy' }, ambiguous: false, ordered: true });
    expect(columnDates(['01/02/2025', '02/28/2025'], true)).toMatchObject({
      style: { order: 'mdy' },
      ambiguous: false,
    });
  });
  test('no such day leaves it open, and equal parts do not matter', () => {
    expect(columnDates(['01/02/2025', '01/03/2025'], true)).toMatchObject({ ambiguous: true, style: { order: 'dmy' } });
    expect(columnDates(['01/02/2025', '02/02/2025'], true)).toMatchObject({ ambiguous: true, style: { order: 'mdy' } });
    expect(columnDates(['03/03/2025'], true).ambiguous).toBe(false);
  });
  test('digits are counts unless they have the shape of dates', () => {
    expect(columnDates(['1', '2', '3'], true).style.numeric).toBe('index');
    expect(columnDates(['20250131', '20250201'], false).style.numeric).toBe('ymd');
    expect(columnDates(['45292', '45323'], true).style.numeric).toBe('excel');
    expect(columnDates(['45292', '45323'], false).style.numeric).toBe('index');
  });
});

const two = (value: number): string => String(value).padStart(2, '0');
const day = fc
  .date({ min: new Date('1926-12-26'), max: new Date('2100-12-31'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 86_400_000) * 86_400_000));

describe('round trips', () => {
  const forms: Record<string, (y: number, m: number, d: number) => string> = {
    iso: (y, m, d) => `${y}-${two(m)}-${two(d)}`,
    slashes: (y, m, d) => `${y}/${m}/${d}`,
    digits: (y, m, d) => `${y}${two(m)}${two(d)}`,
    japanese: (y, m, d) => `${y}年${m}月${d}日`,
    wide: (y, m, d) =>
      `${y}／${two(m)}／${two(d)}`.replaceAll(/\d/gu, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)),
    german: (y, m, d) => `${two(d)}.${two(m)}.${y}`,
    era: (y, m, d) => {
      const [name, start] = y >= 2020 ? ['令和', 2018] : y >= 1990 ? ['平成', 1988] : ['昭和', 1925];
      const year = y - start;
      return `${name}${year === 1 ? '元' : year}年${m}月${d}日`;
    },
    english: (y, m, d) =>
      `${['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][m - 1]} ${d}, ${y}`,
  };
  test.each(Object.entries(forms))('a day written as %s comes back', (_, form) => {
    fc.assert(
      fc.property(day, (date) => {
        const text = form(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
        expect(read(text)).toBe(isoTime(date.getTime()));
      }),
    );
  });
  test('both orders come back when a day above 12 stands in the column', () => {
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 30 }), fc.constantFrom('dmy', 'mdy'), (dates, order) => {
        const all = [...dates, new Date('2024-06-28')];
        const texts = all.map((date) => {
          const [m, d] = [date.getUTCMonth() + 1, date.getUTCDate()];
          return `${order === 'dmy' ? d : m}/${order === 'dmy' ? m : d}/${date.getUTCFullYear()}`;
        });
        const { style } = columnDates(texts, true);
        expect(texts.map((text) => parseDate(text, style)?.t)).toEqual(all.map((date) => date.getTime()));
      }),
    );
  });
  test('times with a zone keep the wall clock and the offset', () => {
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: 0, max: 86_399 }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (date, second, offset) => {
          const wall = date.getTime() + second * 1000;
          const sign = offset < 0 ? '-' : '+';
          const text = `${new Date(wall).toISOString().slice(0, 19)}${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
          expect(parseDate(text, { order: 'dmy', numeric: null })).toEqual({
            t: wall,
            offset: offset === 0 ? 0 : offset,
          });
        },
      ),
    );
  });
  test('Excel serials', () => {
    fc.assert(
      fc.property(day, (date) => {
        const serial = (date.getTime() - Date.UTC(1899, 11, 30)) / 86_400_000;
        expect(excelSerial(serial)).toBe(date.getTime());
      }),
    );
    expect(isoTime(excelSerial(45_292.5))).toBe('2024-01-01T12:00:00');
  });
  test('any text is answered, never thrown at', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => void read(text)));
  });
});

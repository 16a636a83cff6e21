import { expect, it } from 'vitest';
import { privateHostsOf, type ScrapedSource } from '../src/scraped-source.ts';

const hostsOf = (url: string, settings: Partial<ScrapedSource> = {}) => {
  const source: ScrapedSource = {
    name: 'example',
    enabled: true,
    url,
    item: 'p',
    fields: { text: ':scope' },
    maxPages: 20,
    ...settings,
  };
  return [...privateHostsOf([source], { sampleSiteUrl: 'http://sample-site:8080' })];
};

it('trusts no site just because it is in the file', () => {
  expect(hostsOf('http://intranet.example/')).toEqual([]);
});

it.for([
  ['on this machine', 'http://127.0.0.1:9000/', {}, '127.0.0.1:9000'],
  ['that is the sample site', 'http://sample-site:8080/random', {}, 'sample-site:8080'],
  ['that may be', 'http://intranet.example/', { allowPrivate: true }, 'intranet.example'],
] as const)('lets a site be at a private address %s', ([, url, settings, host]) => {
  expect(hostsOf(url, settings)).toEqual([host]);
});

it('has a site on this machine refused when its source says so', () => {
  expect(hostsOf('http://127.0.0.1:9000/', { allowPrivate: false })).toEqual([]);
});

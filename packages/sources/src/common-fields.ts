import { Type } from 'typebox';

/** The fields of a source of any kind. */
export const common = {
  name: Type.String({
    pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
    description: 'Lower-case letters, digits and dashes.',
  }),
  enabled: Type.Boolean({ default: true }),
  url: Type.String({
    pattern: '^(https?://|\\{SAMPLE_SITE_URL\\})',
    description: 'The first page; {SAMPLE_SITE_URL} is where the sample site is.',
  }),
  intervalSeconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 86_400, description: "Default: the timer's." }),
  ),
  jitter: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 0.5,
      description:
        'By how much of its interval a run may be late, so that not all run at once. Default: 0.1.',
    }),
  ),
  mode: Type.Optional(
    Type.Union([Type.Literal('new'), Type.Literal('random')], {
      description:
        'What a run publishes: all that is new (new, the default), or one quote that has not been published (random).',
    }),
  ),
  maxPages: Type.Integer({
    minimum: 1,
    maximum: 1_000,
    default: 20,
    description: 'Pages in one run.',
  }),
  maxItems: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description: 'Items read from one page. Default: 1000.',
    }),
  ),
  politeness: Type.Optional(
    Type.Object(
      {
        obeyRobots: Type.Optional(
          Type.Boolean({ description: "Obey the site's robots.txt. Default: true." }),
        ),
        minDelaySeconds: Type.Optional(
          Type.Number({
            minimum: 0,
            maximum: 60,
            description: 'Between two requests to the site. Default: 1; 0 for a site of your own.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
  ),
  expect: Type.Optional(
    Type.Object(
      {
        minItems: Type.Optional(
          Type.Integer({ minimum: 0, description: 'Quotes on the first page. Default: 1.' }),
        ),
        minAuthorShare: Type.Optional(
          Type.Number({
            minimum: 0,
            maximum: 1,
            description:
              'Share of its quotes with an author. Default: 0.5 where fields.author is set, else 0.',
          }),
        ),
      },
      {
        additionalProperties: false,
        description: 'Less than this means that the site has changed.',
      },
    ),
  ),
  allowPrivate: Type.Optional(
    Type.Boolean({
      description:
        'The site is your own, and may be in a private network. Default: true on this machine and for the sample site, else false.',
    }),
  ),
};

/** How the global setup speaks to the workers. */
export const TEST_DATABASE_URL = 'MINORI_TEST_DATABASE_URL';
export const TEST_DATABASE_PREFIX = 'MINORI_TEST_DATABASE_PREFIX';

/** What a person sees while the database is made ready; the words are the UI's. */
export type DatabaseStep = 'download' | 'unpack' | 'initialize' | 'start' | 'recover';
export type OnProgress = (step: DatabaseStep) => void;

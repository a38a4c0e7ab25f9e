/** The forms of a diagnosis for other programs. A new one is a file beside this one, and a line in the list. */
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import type { ReportFormat } from './report-format.ts';
import { sarif } from './sarif.ts';

export const reportFormats: readonly ReportFormat[] = [sarif, junit, markdown];

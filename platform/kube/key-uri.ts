import { z } from 'zod';
import { parseKeyUri } from '../../core/keys/key-uri.ts';

/** cosign's `azurekms://host/name[/version]`, checked and left as text. */
export const KEY_URI = z.string().superRefine((text, context) => {
  const parsed = parseKeyUri(text);
  if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.detail });
});

import { http } from '@traced-functions/runtime';

let running = 0;
let most = 0;

/** Takes some milliseconds and says which request this was, and how many ran at once at most. */
http('slow', async (req, res) => {
  most = Math.max(most, ++running);
  await new Promise(resolve => setTimeout(resolve, 5));
  running--;
  res.send(`<${req.query['n']} ${most}>`);
});

import { http, type Request, type Response } from '@google-cloud/functions-framework';
import { Colour } from './colour';

http('typed', (req: Request, res: Response) => {
  res.send(`${Colour[Colour.Red]} ${req.path}`);
});

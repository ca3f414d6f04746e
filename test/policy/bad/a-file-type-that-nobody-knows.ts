// It would refuse every file.

import { bad } from '../base.ts';

export default bad({ 'routes.0.shape': { fileTypes: ['png', 'exe'] } }, [
  'routes.0.shape.fileTypes.1',
  'Invalid',
]);

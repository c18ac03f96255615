import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    // Where Maven expects static resources: they end up in the module's jar.
    outDir: '../../../target/classes/static',
    emptyOutDir: true,
  },
});

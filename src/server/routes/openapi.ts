import type { RouteModule } from '../http-app.ts'

/** The description of the API, made of the same schemas that the routes use. Added last: it lists the others. */
export const openapiRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'tokstat',
      version: deps.version,
      description: 'How much of every AI account is left, when it comes back, and which one to use next.',
    },
    security: deps.token === null ? [] : [{ bearer: [] }],
  })
}

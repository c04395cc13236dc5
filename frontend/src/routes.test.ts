import { readFileSync } from 'node:fs';
import type { RouteObject } from 'react-router';
import { expect, test } from 'vitest';
import { router } from './routes';

/** Every address that shows a page, written as the router writes them. */
function addresses(routes: readonly RouteObject[], before: string): string[] {
  return routes.flatMap((route) => {
    if (route.path === '*') return [];
    const here = route.path ? `${before}/${route.path}` : before;
    return route.children ? addresses(route.children, here) : [here || '/'];
  });
}

test('the server gives the page for the addresses of the router, and for no others', () => {
  const served = JSON.parse(readFileSync('../platform/server/pages.json', 'utf8')) as string[];
  expect(served.toSorted()).toEqual(addresses(router.routes as RouteObject[], '').toSorted());
});

import { createBrowserRouter, Navigate, type RouteObject } from 'react-router';
import { ErrorPage, NotFound } from './ui/ErrorPage';
import { ProjectLayout } from './ui/ProjectLayout';
import { Root } from './ui/Root';
import { SignedIn } from './ui/SignedIn';

type PageModule = Promise<{ default: React.ComponentType }>;

const page = (load: () => PageModule): Pick<RouteObject, 'lazy'> => ({
  lazy: async () => ({ Component: (await load()).default }),
});

const projectPages: RouteObject[] = [
  { index: true, element: <Navigate to="images" replace /> },
  { path: 'images', ...page(() => import('./pages/images/ImagesPage')) },
  { path: 'annotate/:imageId?', ...page(() => import('./pages/annotate/AnnotatePage')) },
  { path: 'train', ...page(() => import('./pages/train/TrainPage')) },
  { path: 'runs', ...page(() => import('./pages/runs/RunsPage')) },
  { path: 'runs/:runId', ...page(() => import('./pages/runs/RunPage')) },
  { path: 'runs/comparisons/:comparisonId', ...page(() => import('./pages/runs/ComparisonPage')) },
  { path: 'try', ...page(() => import('./pages/try/TryPage')) },
  { path: 'use', ...page(() => import('./pages/use/UsePage')) },
  { path: 'settings', ...page(() => import('./pages/settings/SettingsPage')) },
  { path: '*', element: <NotFound /> },
];

export const router = createBrowserRouter([
  {
    element: <Root />,
    hydrateFallbackElement: <></>,
    errorElement: <ErrorPage />,
    children: [
      { path: 'sign-in', ...page(() => import('./pages/account/SignInPage')) },
      { path: 'sign-up', ...page(() => import('./pages/account/SignUpPage')) },
      { path: 'reset', ...page(() => import('./pages/account/ResetPage')) },
      { path: 'reset/:uid/:token', ...page(() => import('./pages/account/NewPasswordPage')) },
      { path: 'invitation/:token', ...page(() => import('./pages/account/InvitationPage')) },
      {
        element: <SignedIn />,
        errorElement: <ErrorPage />,
        children: [
          { index: true, ...page(() => import('./pages/projects/ProjectsPage')) },
          { path: 'account', ...page(() => import('./pages/account/AccountPage')) },
          { path: 'keys', ...page(() => import('./pages/account/KeysPage')) },
          { path: 'system', ...page(() => import('./pages/system/SystemPage')) },
          { path: 'projects', element: <Navigate to="/" replace /> },
          {
            path: 'projects/:projectId',
            element: <ProjectLayout />,
            errorElement: <ErrorPage />,
            children: projectPages,
          },
          { path: '*', element: <NotFound /> },
        ],
      },
    ],
  },
]);

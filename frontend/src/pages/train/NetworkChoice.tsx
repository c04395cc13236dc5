import { Anchor, Skeleton, Stack, Text, Title } from '@mantine/core';
import { sentence } from '@/api/client';
import { useNetworks } from '@/api/runs';
import type { Choices, Network } from '@/api/types';
import { lengthWords, sizeWords, startWords, withNetwork } from './choices';
import { MoreChoices } from './MoreChoices';
import classes from './NetworkChoice.module.css';

function Papers({ papers }: { papers: Network['papers'] }) {
  return (
    <span>
      {papers.map(({ name, url }, index) => (
        <span key={name}>
          {index > 0 && ' · '}
          {url ? (
            <Anchor href={url} target="_blank" rel="noreferrer" inherit>
              {name}
            </Anchor>
          ) : (
            name
          )}
        </span>
      ))}
    </span>
  );
}

interface CardProps {
  network: Network;
  chosen: boolean;
  onChoose: () => void;
}

function Card({ network, chosen, onChoose }: CardProps) {
  const id = `network-${network.key}`;
  return (
    <div className={classes.card} data-chosen={chosen || undefined}>
      <label className={classes.choice}>
        <input
          type="radio"
          name="network"
          value={network.key}
          checked={chosen}
          onChange={onChoose}
          aria-describedby={`${id}-guidance ${id}-facts`}
        />
        <span className={classes.name}>
          {network.name}
          {network.default && <span className={classes.tag}>usual choice</span>}
        </span>
      </label>
      <div className={classes.rest}>
        <Text id={`${id}-guidance`}>{network.guidance || network.what}</Text>
        <Text size="sm" c="dimmed" id={`${id}-facts`}>
          Reads {lengthWords(network)}; {startWords(network)}; {sizeWords(network)}.
        </Text>
        <Text size="sm" c="dimmed">
          <Papers papers={network.papers} />
        </Text>
      </div>
    </div>
  );
}

interface Props {
  choices: Choices;
  onChange: (choices: Choices) => void;
}

/** Which network learns to read, each with when to choose it; what else may be chosen is folded away below. */
export function NetworkChoice({ choices, onChange }: Props) {
  const { data: networks, error } = useNetworks();
  const chosen =
    networks?.find(({ key, default: usual }) =>
      choices.network === null ? usual : key === choices.network,
    ) ?? networks?.[0];
  return (
    <section aria-labelledby="network-title" className={classes.section}>
      <Title order={2} size="h3" id="network-title">
        Network
      </Title>
      <Text c="dimmed" mb="md">
        What learns to read your fields. The usual choice already reads print; the others are there to be
        compared with it.
      </Text>
      {error && (
        <Text c="var(--danger)" role="alert">
          {sentence(error)}
        </Text>
      )}
      {!networks && !error && (
        <Stack gap="sm">
          <Skeleton height={104} radius="lg" />
          <Skeleton height={104} radius="lg" />
        </Stack>
      )}
      {networks && chosen && (
        <>
          <fieldset className={classes.cards} aria-labelledby="network-title">
            {networks.map((network) => (
              <Card
                key={network.key}
                network={network}
                chosen={network === chosen}
                onChoose={() => onChange(withNetwork(choices, network))}
              />
            ))}
          </fieldset>
          <MoreChoices network={chosen} choices={choices} onChange={onChange} />
        </>
      )}
    </section>
  );
}

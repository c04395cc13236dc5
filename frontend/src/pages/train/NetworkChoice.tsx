import { Anchor, Skeleton, Text, Title } from '@mantine/core';
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

/** Which network learns to read, in a sentence; the others, each with when to choose it, are folded away. */
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
      {chosen && (
        <Text mb="sm">
          {chosen.name} learns to read your fields.
          {chosen.default && ' It reads print already, and is right for most.'}
        </Text>
      )}
      {error && (
        <Text c="var(--danger)" role="alert">
          {sentence(error)}
        </Text>
      )}
      {!networks && !error && <Skeleton height={48} />}
      {networks && chosen && (
        <details className={classes.more}>
          <summary>Other networks</summary>
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
        </details>
      )}
    </section>
  );
}

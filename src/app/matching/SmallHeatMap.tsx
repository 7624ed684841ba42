import type { PhotoSource } from '../../search/photo-source';
import { useSubjectPicture } from '../subject/useSubjectPicture';
import { HeatMap } from './HeatMap';

interface SmallHeatMapProps {
  readonly subject: PhotoSource;
  readonly attention: Float32Array;
}

/**
 * The photo once more beside its words, for screens on which the large one is scrolled out of sight;
 * it says nothing that the large one does not say.
 */
export function SmallHeatMap({ subject, attention }: SmallHeatMapProps) {
  const url = useSubjectPicture(subject);
  return (
    <div aria-hidden="true" className="flex justify-center lg:hidden">
      <div className="relative overflow-hidden rounded-xl">
        {url && <img src={url} alt="" className="block max-h-[30vh] max-w-full" />}
        <HeatMap attention={attention} subject="" />
      </div>
    </div>
  );
}

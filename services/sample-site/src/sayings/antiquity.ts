/** Sayings of antiquity, in old or own translations. The lines of an author follow his name; their tags stand at the end. */
export const antiquity = `
Inscription at Delphi
Know thyself. #wisdom
Nothing in excess. #wisdom
Hosea
They have sown the wind, and they shall reap the whirlwind. #wisdom
Ecclesiastes
A good name is better than precious ointment. #character
To every thing there is a season, and a time to every purpose under the heaven. #time
There is no new thing under the sun. #change
Two are better than one; because they have a good reward for their labour. #friendship #work
Cast thy bread upon the waters: for thou shalt find it after many days. #hope #patience
The race is not to the swift, nor the battle to the strong, but time and chance happeneth to them all. #fortune
Of making many books there is no end. #books
A living dog is better than a dead lion. #hope
Better is the end of a thing than the beginning thereof. #patience
Proverbs of Solomon
Pride goeth before destruction, and an haughty spirit before a fall. #character
A soft answer turneth away wrath. #words #wisdom
Iron sharpeneth iron; so a man sharpeneth the countenance of his friend. #friendship
Go to the ant, thou sluggard; consider her ways, and be wise. #work
Hope deferred maketh the heart sick. #hope
Better is a dinner of herbs where love is, than a stalled ox and hatred therewith. #love #happiness
A merry heart doeth good like a medicine. #happiness
Even a fool, when he holdeth his peace, is counted wise. #words
A word fitly spoken is like apples of gold in pictures of silver. #words
Boast not thyself of to morrow; for thou knowest not what a day may bring forth. #time
Lao Tzu
A journey of a thousand miles begins with a single step. #courage #patience
He who knows others is wise; he who knows himself is enlightened. #wisdom
He who knows that enough is enough will always have enough. #happiness
Those who know do not speak; those who speak do not know. #words #wisdom
Nothing under heaven is softer than water, yet nothing surpasses it in wearing down the hard. #patience
Great straightness seems crooked; great skill seems clumsy. #wisdom
Govern a great state as you would cook a small fish. #people
Confucius
Learning without thought is labour lost; thought without learning is perilous. #learning
To see what is right and not to do it is want of courage. #courage
When you know a thing, to hold that you know it; and when you do not know a thing, to allow that you do not know it: this is knowledge. #learning
Is it not pleasant to have friends coming from distant quarters? #friendship
What you do not want done to yourself, do not do to others. #character
To have faults and not to reform them: this is to have faults indeed. #character #change
Virtue is not left to stand alone: he who practises it will have neighbours. #character #friendship
If a man keeps cherishing his old knowledge, so as continually to be acquiring new, he may be a teacher of others. #learning
Homer
Wine sets even a thoughtful man to singing. #happiness
As is the generation of leaves, so is that of men. #time #people
Hesiod
Before virtue the gods have set sweat. #work
Observe due measure: the right time is in all things best. #time #wisdom
The half is more than the whole. #wisdom
Aesop
No act of kindness, however small, is ever wasted. #character #friendship
Heraclitus
No man ever steps in the same river twice. #change #time
Character is destiny. #character
Much learning does not teach understanding. #learning #wisdom
Nature loves to hide. #truth
The way up and the way down are one and the same. #change
If one does not hope, one will not find the unhoped-for. #hope
Socrates
The unexamined life is not worth living. #wisdom
Sophocles
Wonders are many, and none is more wonderful than man. #people
No one loves the messenger who brings bad news. #people #truth
Hippocrates
Life is short, and the art long; opportunity fleeting, experiment treacherous, judgment difficult. #time #learning
Plato
Wonder is the feeling of a philosopher, and philosophy begins in wonder. #learning
The beginning is the most important part of any work. #work
Aristotle
One swallow does not make a summer. #patience
Hope is the dream of a waking man. #hope
All men by nature desire to know. #learning
Man is by nature a political animal. #people
A friend is another self. #friendship
Epicurus
Of all the things which wisdom provides for the happiness of the whole life, by far the most important is friendship. #friendship #happiness
Nothing is sufficient for the man to whom the sufficient is too little. #happiness
Archimedes
Give me a place to stand, and I will move the earth. #courage #work
Terence
I am a man: nothing human is foreign to me. #people
There are as many opinions as there are men. #people
Cicero
There is nothing so absurd but some philosopher has said it. #wisdom
Not to know what happened before you were born is to remain always a child. #learning #time
The sinews of war are endless money. #fortune
If you have a garden and a library, you have everything you need. #books #happiness
Julius Caesar
The die is cast. #courage #fortune
I came, I saw, I conquered. #courage
Men willingly believe what they wish. #truth
Virgil
Love conquers all. #love
They can because they think they can. #courage
Time flies, never to be recalled. #time
Happy is he who has been able to learn the causes of things. #learning #happiness
Perhaps one day it will be a joy to remember even these things. #hope #time
Horace
Seize the day. #time
Dare to be wise. #courage #wisdom
He who has begun has half done. #work
Anger is a brief madness. #character
The mountains will be in labour, and a ridiculous mouse will be born. #words
A word once let go cannot be called back. #words
Drive nature out with a pitchfork, and she will always return. #change
We are but dust and shadow. #time
Ovid
Dripping water hollows out the stone. #patience
I see the better way and approve it; I follow the worse. #character
If you want to be loved, be lovable. #love
Time is the devourer of all things. #time
All things change; nothing perishes. #change
Seneca
We suffer more often in imagination than in reality. #courage
While we are postponing, life speeds by. #time
As long as you live, keep learning how to live. #learning
It is not that we have a short time to live, but that we waste a lot of it. #time
It is not the man who has too little, but the man who craves more, that is poor. #happiness
Men learn while they teach. #learning
To be everywhere is to be nowhere. #wisdom
There is no great genius without some touch of madness. #wisdom
Pliny the Elder
There is always something new out of Africa. #change
There is no book so bad that there is not some good in it. #books
Tacitus
They make a desert and call it peace. #truth #people
Juvenal
A sound mind in a sound body. #happiness
Who will guard the guards themselves? #people
Plutarch
The mind is not a vessel that needs filling, but wood that needs igniting. #learning
Epictetus
Men are disturbed not by the things which happen, but by the opinions about the things. #character
Only the educated are free. #learning
No great thing is created suddenly. #patience #work
First say to yourself what you would be; and then do what you have to do. #work #character
Marcus Aurelius
The soul is dyed by the thoughts. #happiness
The best revenge is not to be like your enemy. #character
Time is a sort of river of passing events. #time #change
What is not good for the swarm is not good for the bee. #people
No longer talk about what a good man should be, but be one. #character
Loss is nothing else but change, and change is nature's delight. #change
Augustine of Hippo
Give me chastity and continence, but not yet. #character #patience
`;
